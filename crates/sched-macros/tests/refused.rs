//! What the attributes refuse, and what the compiler then says.
//!
//! The cases use nothing but this crate: the less there is to be built for them, the better.

#[test]
fn what_is_refused_is_explained_where_it_stands() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
