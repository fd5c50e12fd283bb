//! What a task's function becomes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, ReturnType};

use crate::declaration::Declaration;
use crate::function::{Function, Param};

/// A unit struct in place of the function, and its entries in the collections made at link time.
///
/// Everything but the struct is inside a `const`, whose names nobody else sees. The struct has
/// the function's own visibility, and so have its methods.
pub(crate) fn expand(declaration: &Declaration) -> TokenStream {
    let Declaration { function, task, schedules } = declaration;
    let item = &function.item;
    let (ident, vis) = (&item.sig.ident, &item.vis);
    let core = match &task.core {
        Some(path) => path.to_token_stream(),
        None => quote!(::sched_core),
    };
    // Generated names begin with two underscores so that no parameter is called the same.
    let sched = format_ident!("__sched");
    let name = ident.unraw().to_string();
    let stored = match &task.name {
        Some(name) => name.to_token_stream(),
        None => quote!(::core::concat!(::core::module_path!(), "::", #name)),
    };
    let aliases = &task.aliases;
    let entries = schedules.iter().map(|it| it.entry(ident, &sched));
    let attributes = Attributes::sort(&item.attrs);
    let Attributes { shown, tolerated, .. } = &attributes;
    let arguments = arguments(function, &core);
    let call = call(function, &sched);
    let run = run(function, &attributes);
    let make = make(function, &sched);
    quote! {
        #(#shown)*
        #[allow(non_camel_case_types, dead_code)]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        #vis struct #ident;

        #tolerated
        const _: () = {
            use #core::__private as #sched;

            #arguments

            impl #ident {
                /// The name that calls are stored under.
                #vis const NAME: &'static str = #stored;

                #call

                #run

                /// The task, to be registered by hand where that is wanted.
                #[allow(dead_code)]
                #vis fn task() -> #sched::Task {
                    #make.display_name(#name) #(.alias(#aliases))*
                }
            }

            #sched::inventory::submit! { #sched::TaskEntry(#ident::task) }
            #(#entries)*
        };
    }
}

/// The function's attributes, by where they go.
struct Attributes<'a> {
    /// On the struct.
    shown: Vec<&'a Attribute>,
    /// On the function that holds the body.
    kept: Vec<&'a Attribute>,
    /// What generated code may do without a warning.
    tolerated: Option<TokenStream>,
}

impl<'a> Attributes<'a> {
    fn sort(all: &'a [Attribute]) -> Self {
        let is = |it: &Attribute, names: &[&str]| names.iter().any(|name| it.path().is_ident(name));
        let of_struct = |it: &&Attribute| is(it, &["doc", "deprecated", "allow"]);
        let deprecated = all.iter().any(|it| is(it, &["deprecated"]));
        Attributes {
            shown: all.iter().filter(of_struct).collect(),
            kept: all.iter().filter(|it| !is(it, &["deprecated"])).collect(),
            tolerated: deprecated.then(|| quote!(#[allow(deprecated)])),
        }
    }

    fn documented(&self) -> bool {
        self.kept.iter().any(|it| it.path().is_ident("doc"))
    }
}

/// The arguments as one value, for serde.
fn arguments(function: &Function, core: &TokenStream) -> TokenStream {
    let serde = quote!(#core::__private::serde);
    let serde_path = serde.to_string();
    let names: Vec<String> = function.params.iter().map(|it| it.name.unraw().to_string()).collect();
    let expecting = match &*names {
        [] => "no arguments".to_owned(),
        names => format!("the arguments ({})", names.join(", ")),
    };
    let fields =
        function.params.iter().map(|Param { name, ty, serde }| quote!(#(#serde)* #name: #ty));
    quote! {
        #[derive(#serde::Serialize, #serde::Deserialize)]
        #[serde(crate = #serde_path, deny_unknown_fields, expecting = #expecting)]
        struct __Arguments {
            #(#fields,)*
        }
    }
}

/// The method that makes a call to be scheduled.
fn call(function: &Function, sched: &Ident) -> TokenStream {
    let (ident, vis) = (&function.item.sig.ident, &function.item.vis);
    let names: Vec<&Ident> = function.params.iter().map(|it| &it.name).collect();
    let inputs = function.params.iter().map(|param| {
        let Param { name, ty, .. } = param;
        if param.is_string() {
            quote!(#name: impl ::core::convert::Into<#ty>)
        } else {
            quote!(#name: #ty)
        }
    });
    let values = function.params.iter().map(|param| {
        let name = &param.name;
        if param.is_string() {
            quote!(::core::convert::Into::into(#name))
        } else {
            name.to_token_stream()
        }
    });
    let invocation = if names.is_empty() {
        quote!(#sched::Invocation::of(__task, #sched::Args::NONE))
    } else {
        quote!(#sched::Invocation::with(__task, &__Arguments { #(#names: #values),* }))
    };
    quote! {
        /// A call of the task, to be scheduled.
        #[allow(dead_code, clippy::too_many_arguments)]
        #[must_use = "nothing is called before it is scheduled"]
        #vis fn call(self, #(#inputs),*) -> #sched::Invocation {
            static __TASK: ::std::sync::LazyLock<::std::sync::Arc<#sched::Task>> =
                ::std::sync::LazyLock::new(|| ::std::sync::Arc::new(#ident::task()));
            let __task = ::std::sync::Arc::clone(&__TASK);
            #invocation
        }
    }
}

/// The function as it was written, under the name `run`. Its documentation stands here too: what
/// it says of errors and panics is about this function.
fn run(function: &Function, attributes: &Attributes<'_>) -> TokenStream {
    let (vis, block) = (&function.item.vis, &function.item.block);
    let mut signature = function.item.sig.clone();
    signature.ident = Ident::new("run", signature.ident.span());
    let documentation = (!attributes.documented())
        .then(|| quote!(#[doc = "The function itself, for a plain call."]));
    // Whether it is async says where it runs, not whether it waits.
    let tolerated = signature.asyncness.map(|_| quote!(#[allow(clippy::unused_async)]));
    let kept = &attributes.kept;
    quote! {
        #documentation
        #tolerated
        #(#kept)*
        #vis #signature #block
    }
}

/// The expression that makes the `Task`.
fn make(function: &Function, sched: &Ident) -> TokenStream {
    let signature = &function.item.sig;
    let ident = &signature.ident;
    let names: Vec<&Ident> = function.params.iter().map(|it| &it.name).collect();
    // A local name of ours: no parameter can be meant by it.
    let context = if function.takes_context { "context" } else { "_context" };
    let context = Ident::new(context, Span::mixed_site());
    let given = function.takes_context.then(|| quote!(#context,));
    let (constructor, called) = match signature.asyncness {
        Some(_) => ("asynchronous", quote!(#ident::run(#given #(#names),*).await)),
        None => ("blocking", quote!(#ident::run(#given #(#names),*))),
    };
    // Errors about what is returned are shown at the return type.
    let returned = match &signature.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => ident.span(),
    };
    let outcome = if function.returns_result() {
        quote_spanned!(returned=> #sched::IntoOutcome::into_outcome(#called))
    } else {
        quote_spanned!(returned=> #sched::Returned(#called).into_task_result())
    };
    let body = match signature.asyncness {
        Some(_) => quote!(async move { #outcome }),
        None => outcome,
    };
    let constructor = Ident::new(constructor, ident.span());
    quote_spanned! {ident.span()=>
        #sched::Task::#constructor(#ident::NAME, |#context, __Arguments { #(#names),* }| {
            #[allow(unused_imports)]
            use #sched::PlainValue as _;
            #body
        })
    }
}
