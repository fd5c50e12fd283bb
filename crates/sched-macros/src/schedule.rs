//! What `#[scheduled(...)]` says.

use std::collections::BTreeSet;
use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::{Error, ExprArray, Ident, LitBool, LitInt, LitStr, Result};

use crate::duration::duration;
use crate::options::{read_options, set, text};

/// When a scheduled task runs.
pub(crate) enum When {
    Cron(LitStr),
    Every(Duration, Span),
    At(LitStr),
}

impl When {
    /// Where it is said.
    pub(crate) fn span(&self) -> Span {
        match self {
            When::Cron(text) | When::At(text) => text.span(),
            When::Every(_, span) => *span,
        }
    }
}

/// What `#[scheduled(...)]` says: one job.
pub(crate) struct Schedule {
    pub(crate) when: When,
    pub(crate) id: Option<LitStr>,
    store: Option<LitStr>,
    timezone: Option<LitStr>,
    jitter: Option<Duration>,
    /// Calls on the job's request.
    job: Vec<TokenStream>,
}

impl Parse for Schedule {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut said = Said::default();
        read_options(input, |meta| said.read(&meta))?;
        let missing = "say when: cron = \"0 9 * * *\", every = \"30s\" or at = \"2030-01-01\"";
        let when = said.when.ok_or_else(|| Error::new(input.span(), missing))?;
        Ok(Schedule {
            when,
            id: said.id,
            store: said.store,
            timezone: said.timezone,
            jitter: said.jitter,
            job: said.job,
        })
    }
}

impl Schedule {
    /// The entry for the link-time collection. `task` is the struct that the function became;
    /// `sched` is a name in scope for what generated code may use.
    pub(crate) fn entry(&self, task: &Ident, sched: &Ident) -> TokenStream {
        let id = match &self.id {
            Some(id) => id.into_token_stream(),
            None => quote!(#task::NAME),
        };
        let store = match &self.store {
            Some(store) => store.into_token_stream(),
            None => quote!("default"),
        };
        let when = match &self.when {
            When::Cron(line) => quote!(#sched::Cron::standard(#line)),
            When::Every(span, _) => {
                let span = tokens(*span);
                quote!(#sched::Interval::every(#span))
            }
            When::At(moment) => quote!(#sched::Date::at(#moment)),
        };
        let zone =
            self.timezone.as_ref().map(|zone| quote!(.timezone(#zone.parse::<#sched::Zone>()?)));
        let mut trigger = quote!(#when #zone);
        if let Some(most) = self.jitter.map(tokens) {
            trigger = quote!(#sched::IntoTrigger::jitter(#trigger, #most));
        }
        let job = &self.job;
        quote! {
            #sched::inventory::submit! {
                #sched::ScheduledEntry {
                    task: #task::NAME,
                    id: #id,
                    store: #store,
                    trigger: |defaults| #sched::IntoTrigger::into_trigger(#trigger, defaults),
                    job: || #sched::JobRequest::new(#task.call()) #(#job)*,
                }
            }
        }
    }
}

/// What has been said so far.
#[derive(Default)]
struct Said {
    options: BTreeSet<String>,
    when: Option<When>,
    id: Option<LitStr>,
    store: Option<LitStr>,
    timezone: Option<LitStr>,
    jitter: Option<Duration>,
    job: Vec<TokenStream>,
}

impl Said {
    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let option = meta.path.require_ident()?;
        let name = option.to_string();
        match &*name {
            "cron" => self.set_when(meta, When::Cron(text(meta)?))?,
            "every" => {
                let (span, at) = span_of_time(meta)?;
                self.set_when(meta, When::Every(span, at))?;
            }
            "at" => self.set_when(meta, When::At(text(meta)?))?,
            "id" => self.id = Some(text(meta)?),
            "store" => self.store = Some(text(meta)?),
            "timezone" => self.timezone = Some(text(meta)?),
            "jitter" => self.jitter = Some(span_of_time(meta)?.0),
            "name" | "executor" => {
                let value = text(meta)?;
                self.job.push(quote!(.#option(#value)));
            }
            "misfire_grace_time" => {
                let value = text(meta)?;
                let grace = match value.value().as_str() {
                    "none" => quote!(::core::option::Option::None),
                    _ => tokens(duration(&value)?),
                };
                self.job.push(quote!(.#option(#grace)));
            }
            "timeout" => {
                let limit = tokens(span_of_time(meta)?.0);
                self.job.push(quote!(.#option(#limit)));
            }
            "coalesce" => {
                let value: LitBool = meta.value()?.parse()?;
                self.job.push(quote!(.#option(#value)));
            }
            "max_instances" => {
                let value: LitInt = meta.value()?.parse()?;
                if value.base10_parse::<u32>()? == 0 {
                    return Err(Error::new(value.span(), "the job could never run"));
                }
                self.job.push(quote!(.#option(#value)));
            }
            "tags" => {
                let tags: ExprArray = meta.value()?.parse()?;
                let tags = tags.elems.iter().map(|tag| syn::parse2(tag.to_token_stream()));
                let tags = tags.collect::<Result<Vec<LitStr>>>()?;
                self.job.push(quote!(#(.tag(#tags))*));
            }
            _ => {
                return Err(meta.error(
                    "expected `cron`, `every` or `at`, `timezone`, `jitter`, `id`, `name`, \
                     `store`, `executor`, `misfire_grace_time`, `coalesce`, `max_instances`, \
                     `timeout` or `tags`",
                ));
            }
        }
        if self.options.insert(name) { Ok(()) } else { Err(meta.error("it is given twice")) }
    }

    fn set_when(&mut self, meta: &ParseNestedMeta<'_>, when: When) -> Result<()> {
        set(&mut self.when, meta, when)
            .map_err(|_| meta.error("one of `cron`, `every` and `at` is enough"))
    }
}

fn span_of_time(meta: &ParseNestedMeta<'_>) -> Result<(Duration, Span)> {
    let literal = text(meta)?;
    Ok((duration(&literal)?, literal.span()))
}

/// `span` as an expression.
fn tokens(span: Duration) -> TokenStream {
    let (seconds, nanoseconds) = (span.as_secs(), span.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanoseconds))
}
