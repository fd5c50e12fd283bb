//! What `#[task(...)]` says.

use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitStr, Path, Result};

/// What `#[task(...)]` says.
#[derive(Default)]
pub(crate) struct TaskOptions {
    pub(crate) name: Option<LitStr>,
    pub(crate) aliases: Vec<LitStr>,
    /// Where `sched_core` is found.
    pub(crate) core: Option<Path>,
}

impl Parse for TaskOptions {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = TaskOptions::default();
        read_options(input, |meta| {
            if meta.path.is_ident("name") {
                set(&mut options.name, &meta, text(&meta)?)
            } else if meta.path.is_ident("alias") {
                options.aliases.push(text(&meta)?);
                Ok(())
            } else if meta.path.is_ident("crate") {
                let path = text(&meta)?;
                let unreadable = |_| Error::new(path.span(), "it is not the path of a crate");
                set(&mut options.core, &meta, path.parse().map_err(unreadable)?)
            } else {
                Err(meta.error("expected `name`, `alias` or `crate`"))
            }
        })?;
        Ok(options)
    }
}

/// Reads `a = ..., b = ...` up to the end of `input`.
pub(crate) fn read_options(
    input: ParseStream<'_>,
    logic: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    syn::parse::Parser::parse2(syn::meta::parser(logic), input.parse()?)
}

/// A text that says something.
pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let text: LitStr = meta.value()?.parse()?;
    if text.value().trim().is_empty() {
        return Err(Error::new(text.span(), "it is empty"));
    }
    Ok(text)
}

/// Sets what may be said once.
pub(crate) fn set<T>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(meta.error("it is given twice")),
    }
}
