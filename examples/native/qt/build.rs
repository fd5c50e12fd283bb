//! Compiles the C++ and links Qt.

fn main() -> Result<(), pkg_config::Error> {
    println!("cargo::rerun-if-changed=qt.cpp");
    // Before Qt, which it wants: what is linked comes in the order in which it is told.
    let mut qt = pkg_config::Config::new();
    let qt = qt.atleast_version("6.2").cargo_metadata(false).probe("Qt6Core")?;
    // `-fPIC` is how Qt itself is built, and it insists.
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .pic(true)
        .includes(qt.include_paths)
        .file("qt.cpp")
        .compile("qt_loop");
    pkg_config::Config::new().probe("Qt6Core")?;
    Ok(())
}
