//! The function that is to be a task: what it takes, and what it may not.

use syn::visit::Visit;
use syn::{
    Attribute, Error, FnArg, Ident, ItemFn, Lifetime, Pat, PatType, Path, Result, ReturnType,
    Signature, Type, TypeImplTrait, TypeReference,
};

/// The function that is to be a task.
pub(crate) struct Function {
    /// Without the attributes that belong to arguments.
    pub(crate) item: ItemFn,
    pub(crate) takes_context: bool,
    pub(crate) params: Vec<Param>,
}

/// A parameter that is an argument of the task.
pub(crate) struct Param {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// What serde is told about it.
    pub(crate) serde: Vec<Attribute>,
}

impl Function {
    /// # Errors
    /// All that is wrong with it, together.
    pub(crate) fn read(mut item: ItemFn) -> Result<Self> {
        let mut faults = Faults::default();
        faults.of_signature(&item.sig);
        let mut takes_context = false;
        let mut params = Vec::new();
        for (at, input) in item.sig.inputs.iter_mut().enumerate() {
            match input {
                FnArg::Receiver(receiver) => faults.add(
                    receiver,
                    "a task is a free function: values to share are given to the scheduler and \
                     reached through the Context",
                ),
                FnArg::Typed(typed) if is_named(&typed.ty, "Context") => {
                    if at > 0 {
                        faults.add(&typed, "the Context is the first parameter");
                    }
                    takes_context = true;
                }
                FnArg::Typed(typed) => params.extend(faults.unless(Param::read(typed))),
            }
        }
        faults.none()?;
        Ok(Function { item, takes_context, params })
    }

    /// Whether the return type is called `Result`.
    pub(crate) fn returns_result(&self) -> bool {
        match &self.item.sig.output {
            ReturnType::Type(_, ty) => is_named_with_arguments(ty, "Result"),
            ReturnType::Default => false,
        }
    }
}

impl Param {
    fn read(typed: &mut PatType) -> Result<Self> {
        let mut faults = Faults::default();
        faults.visit_type(&typed.ty);
        let serde = typed.attrs.extract_if(.., |it| it.path().is_ident("serde"));
        let serde = serde.collect();
        let name = match &*typed.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
                Some(name.ident.clone())
            }
            pattern => {
                faults.add(pattern, "an argument is stored by its name: it needs a plain one");
                None
            }
        };
        faults.none()?;
        Ok(Param { name: name.expect("a missing name is a fault"), ty: (*typed.ty).clone(), serde })
    }

    /// Whether it is given as anything that turns into a `String`.
    pub(crate) fn is_string(&self) -> bool {
        is_named(&self.ty, "String")
    }
}

/// Everything found wrong.
#[derive(Default)]
struct Faults(Option<Error>);

impl Faults {
    fn add(&mut self, at: impl quote::ToTokens, reason: &str) {
        self.push(Error::new_spanned(at, reason));
    }

    fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    fn unless<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    fn none(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }

    fn of_signature(&mut self, signature: &Signature) {
        let generics = &signature.generics;
        if !generics.params.is_empty() {
            self.add(generics, "a task is found by its name, and cannot be generic");
        }
        if let Some(bounds) = &generics.where_clause {
            self.add(bounds, "a task is found by its name, and cannot be generic");
        }
        if let Some(abi) = &signature.abi {
            self.add(abi, "a task is a plain Rust function");
        }
        if let syn::Safety::Unsafe(keyword) = &signature.safety {
            self.add(keyword, "a scheduler cannot know when an unsafe function may be called");
        }
        if let Some(variadic) = &signature.variadic {
            self.add(variadic, "a task is a plain Rust function");
        }
    }
}

/// Finds what no stored value can be, however deep inside a type.
impl<'ast> Visit<'ast> for Faults {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        let context = is_named(&reference.elem, "Context");
        self.add(reference, if context { BORROWED_CONTEXT } else { BORROWED });
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.add(lifetime, BORROWED);
        }
    }

    fn visit_type_impl_trait(&mut self, unnamed: &'ast TypeImplTrait) {
        self.add(unnamed, "an argument is stored: it needs one concrete type");
    }
}

const BORROWED: &str = "arguments are stored, and cannot borrow: take an owned value, as String \
                        in place of &str";
const BORROWED_CONTEXT: &str = "take the Context by value: it is cheap to clone";

/// Whether the last name in the type's path is `name`, and has no arguments.
fn is_named(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|it| it.ident == name && it.arguments.is_none())
}

fn is_named_with_arguments(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|it| it.ident == name)
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(it) if it.qself.is_none() => {
            let path: &Path = &it.path;
            path.segments.last()
        }
        // What a macro by example passes on comes in an invisible group.
        Type::Group(it) => last_segment(&it.elem),
        Type::Paren(it) => last_segment(&it.elem),
        _ => None,
    }
}
