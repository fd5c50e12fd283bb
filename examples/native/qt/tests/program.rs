//! The program ends by itself, and its jobs have run on Qt's loop.

use std::process::Command;

#[test]
fn on_qt() {
    let output = Command::new(env!("CARGO_BIN_EXE_on-qt")).output().expect("it was built");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        said,
        "\
run 1, on the loop's thread: true
run 2, on the loop's thread: true
run 3, on the loop's thread: true
"
    );
}
