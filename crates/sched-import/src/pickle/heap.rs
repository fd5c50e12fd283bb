//! What a pickle builds, before it is one value: containers grow after others have referred to them.

use super::{Class, Object, PickleError, Value, limit};

/// A place in the heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(u32);

#[derive(Debug)]
pub(super) enum Node {
    None,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Set(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Class(Class),
    Object { class: Class, arguments: Vec<Id>, state: Option<Id> },
}

impl Node {
    /// The bytes that it was made with.
    fn size(&self) -> usize {
        match self {
            Node::Text(text) => text.len(),
            Node::Bytes(bytes) => bytes.len(),
            Node::List(ids) | Node::Tuple(ids) | Node::Set(ids) => size_of_val(&**ids),
            Node::Object { arguments, .. } => size_of_val(&**arguments),
            _ => 0,
        }
    }
}

/// Flat, so that nothing is freed recursively, however deep a pickle nests what it builds.
#[derive(Debug, Default)]
pub(super) struct Heap {
    nodes: Vec<Node>,
    /// Of all nodes. A call copies its arguments, so this may grow faster than the input is read.
    size: usize,
}

impl Heap {
    pub(super) fn add(&mut self, node: Node) -> Result<Id, PickleError> {
        if self.nodes.len() >= limit::NODES {
            return Err(PickleError::TooLarge { what: "the values built", limit: limit::NODES });
        }
        self.size += node.size();
        if self.size > limit::SIZE {
            return Err(PickleError::TooLarge { what: "the bytes built", limit: limit::SIZE });
        }
        let id = u32::try_from(self.nodes.len()).expect("the limit is far below");
        self.nodes.push(node);
        Ok(Id(id))
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(super) fn node_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// What is at `root`, with a copy of everything that is shared.
    pub(super) fn value(&self, root: Id) -> Result<Value, PickleError> {
        Copying { heap: self, left: limit::SIZE }.value(root, limit::DEPTH)
    }
}

struct Copying<'a> {
    heap: &'a Heap,
    /// How much may still be copied.
    left: usize,
}

impl Copying<'_> {
    fn value(&mut self, id: Id, depth: usize) -> Result<Value, PickleError> {
        let depth = depth.checked_sub(1).ok_or(PickleError::TooDeep { limit: limit::DEPTH })?;
        let node = self.heap.node(id);
        self.pay(16)?;
        Ok(match node {
            Node::None => Value::None,
            Node::Bool(value) => Value::Bool(*value),
            Node::Integer(value) => Value::Integer(*value),
            Node::Float(value) => Value::Float(*value),
            Node::Text(text) => {
                self.pay(text.len())?;
                Value::Text(text.clone())
            }
            Node::Bytes(bytes) => {
                self.pay(bytes.len())?;
                Value::Bytes(bytes.clone())
            }
            Node::List(ids) => Value::List(self.values(ids, depth)?),
            Node::Tuple(ids) => Value::Tuple(self.values(ids, depth)?),
            Node::Set(ids) => Value::Set(self.values(ids, depth)?),
            Node::Dict(items) => Value::Dict(self.items(items, depth)?),
            Node::Class(class) => Value::Class(*class),
            Node::Object { class, arguments, state } => {
                let arguments = self.values(arguments, depth)?;
                let state = state.map(|state| self.value(state, depth)).transpose()?;
                Value::Object(Box::new(Object { class: *class, arguments, state }))
            }
        })
    }

    fn values(&mut self, ids: &[Id], depth: usize) -> Result<Vec<Value>, PickleError> {
        ids.iter().map(|id| self.value(*id, depth)).collect()
    }

    fn items(
        &mut self,
        items: &[(Id, Id)],
        depth: usize,
    ) -> Result<Vec<(Value, Value)>, PickleError> {
        let mut copied: Vec<(Value, Value)> = Vec::new();
        for (key, value) in items {
            let (key, value) = (self.value(*key, depth)?, self.value(*value, depth)?);
            // Each comparison counts too: with many keys there are many.
            self.pay(copied.len())?;
            match copied.iter_mut().find(|(its, _)| *its == key) {
                Some((_, old)) => *old = value,
                None => copied.push((key, value)),
            }
        }
        Ok(copied)
    }

    fn pay(&mut self, bytes: usize) -> Result<(), PickleError> {
        let left = self.left.checked_sub(bytes);
        let what = "the bytes of its value";
        self.left = left.ok_or(PickleError::TooLarge { what, limit: limit::SIZE })?;
        Ok(())
    }
}
