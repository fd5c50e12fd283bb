//! Each program ends by itself, and its jobs have run where they should.

use std::process::Command;

/// What a program prints that must end well.
fn output_of(program: &str) -> String {
    let output = Command::new(program).output().expect("it was built");
    let [said, complained] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("it prints text"));
    assert!(output.status.success(), "{}\n{said}{complained}", output.status);
    said
}

const ON_THE_LOOP: &str = "\
run 1, on the loop's thread: true
run 2, on the loop's thread: true
run 3, on the loop's thread: true
";

#[test]
fn actix() {
    assert_eq!(output_of(env!("CARGO_BIN_EXE_on-actix")), ON_THE_LOOP);
}

#[test]
fn calloop() {
    assert_eq!(output_of(env!("CARGO_BIN_EXE_on-calloop")), ON_THE_LOOP);
}

#[test]
fn may() {
    assert_eq!(output_of(env!("CARGO_BIN_EXE_on-may")), "100 jobs have met on two threads\n");
}

#[test]
fn smol() {
    assert_eq!(output_of(env!("CARGO_BIN_EXE_on-smol")), ON_THE_LOOP);
}
