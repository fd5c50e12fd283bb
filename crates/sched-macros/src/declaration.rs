//! A function and all that its attributes say of it.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Error, ItemFn, Meta, Result};

use crate::function::Function;
use crate::options::TaskOptions;
use crate::schedule::Schedule;

/// One of ours.
#[derive(Clone, Copy)]
pub(crate) enum Attribute {
    Task,
    Scheduled,
}

impl Attribute {
    const ALL: [(&str, Attribute); 2] =
        [("task", Attribute::Task), ("scheduled", Attribute::Scheduled)];

    fn of(attribute: &syn::Attribute) -> Option<Self> {
        let name = &attribute.path().segments.last()?.ident;
        Self::ALL.into_iter().find(|(known, _)| name == known).map(|(_, it)| it)
    }
}

/// What an attribute makes of the item that it stands at.
pub(crate) enum Reading {
    /// Another of ours stands below: it has been handed what this one says.
    HandedOn(Box<ItemFn>),
    /// This is the last.
    Complete(Box<Declaration>),
}

/// A function and all that its attributes say of it.
pub(crate) struct Declaration {
    pub(crate) function: Function,
    pub(crate) task: TaskOptions,
    pub(crate) schedules: Vec<Schedule>,
}

impl Declaration {
    /// All our attributes at one function together make one task. Each hands what it says to the
    /// next, behind a semicolon, and the last one expands. So each is resolved by the compiler,
    /// which would else find its import unused.
    pub(crate) fn read(
        attribute: Attribute,
        options: TokenStream,
        function: TokenStream,
    ) -> Result<Reading> {
        let mut item: ItemFn = syn::parse2(function)?;
        let said = Said::split(attribute, options)?;
        if let Some(next) = item.attrs.iter_mut().find(|it| Attribute::of(it).is_some()) {
            let own = match &next.meta {
                Meta::Path(_) => TokenStream::new(),
                meta => meta.require_list()?.tokens.clone(),
            };
            let path = next.path();
            next.meta = syn::parse_quote!(#path(#own; #said));
            return Ok(Reading::HandedOn(Box::new(item)));
        }
        let mut task = None;
        let mut schedules = Vec::new();
        for (attribute, options) in said.0 {
            match attribute {
                Attribute::Scheduled => schedules.push(syn::parse2(options)?),
                Attribute::Task if task.is_none() => task = Some(syn::parse2(options)?),
                Attribute::Task => {
                    return Err(Error::new(item.sig.ident.span(), "it is made a task twice"));
                }
            }
        }
        let declaration = Declaration {
            function: Function::read(item)?,
            task: task.unwrap_or_default(),
            schedules,
        };
        declaration.check_schedules()?;
        Ok(Reading::Complete(Box::new(declaration)))
    }

    fn check_schedules(&self) -> Result<()> {
        if let (Some(_), Some(argument)) = (self.schedules.first(), self.function.params.first()) {
            let reason = "nobody is there to give a scheduled task its arguments: it takes a \
                          Context or nothing; one with arguments is added by its `call`";
            return Err(Error::new_spanned(&argument.ty, reason));
        }
        if let [_, _, ..] = &*self.schedules
            && let Some(nameless) = self.schedules.iter().find(|it| it.id.is_none())
        {
            let reason = "several jobs call this task: each needs an `id` of its own";
            return Err(Error::new(nameless.when.span(), reason));
        }
        Ok(())
    }
}

/// What several attributes say: each with its options.
struct Said(Vec<(Attribute, TokenStream)>);

impl Said {
    /// Reads `own options; task(options) scheduled(options)`.
    fn split(own: Attribute, options: TokenStream) -> Result<Self> {
        let mut tokens = options.into_iter();
        let before = tokens.by_ref().take_while(|token| !is_semicolon(token)).collect();
        let mut said = vec![(own, before)];
        while let Some(name) = tokens.next() {
            let known = Attribute::ALL.into_iter().find(|(known, _)| name.to_string() == *known);
            let (Some((_, attribute)), Some(TokenTree::Group(options))) = (known, tokens.next())
            else {
                return Err(Error::new(name.span(), "options are separated by commas"));
            };
            said.push((attribute, options.stream()));
        }
        Ok(Said(said))
    }
}

impl ToTokens for Said {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for (attribute, options) in &self.0 {
            tokens.extend(match attribute {
                Attribute::Task => quote!(task(#options)),
                Attribute::Scheduled => quote!(scheduled(#options)),
            });
        }
    }
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(it) if it.as_char() == ';')
}
