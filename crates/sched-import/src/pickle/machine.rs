//! The machine: a stack, marks in it, and a memo.

use std::collections::BTreeMap;

use super::heap::{Heap, Id, Node};
use super::input::Input;
use super::{Class, PickleError, limit, opcode};

/// What the pickle builds, and which of it is the result.
pub(super) fn run(pickle: &[u8]) -> Result<(Heap, Id), PickleError> {
    let mut input = Input::new(pickle);
    if input.byte()? != opcode::PROTO || !(2..=5).contains(&input.byte()?) {
        return Err(PickleError::Protocol);
    }
    let mut machine = Machine {
        input,
        at: 0,
        heap: Heap::default(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: BTreeMap::new(),
    };
    while machine.step()? {}
    let root = machine.pop()?;
    Ok((machine.heap, root))
}

struct Machine<'a> {
    input: Input<'a>,
    /// Where the opcode is that is being carried out.
    at: usize,
    heap: Heap,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    /// Not a list: the places are numbers of the pickle's choice.
    memo: BTreeMap<u32, Id>,
}

impl Machine<'_> {
    /// Carries out one opcode; false after the last.
    fn step(&mut self) -> Result<bool, PickleError> {
        self.at = self.input.at();
        match self.input.byte()? {
            opcode::STOP => return Ok(false),
            opcode::FRAME => self.input.take(8).map(drop)?,
            opcode::MARK => self.marks.push(self.stack.len()),

            opcode::NONE => self.push(Node::None)?,
            opcode::NEW_TRUE => self.push(Node::Bool(true))?,
            opcode::NEW_FALSE => self.push(Node::Bool(false))?,
            opcode::BIN_INT => {
                let number = i32::from_le_bytes(self.input.array()?);
                self.push(Node::Integer(number.into()))?;
            }
            opcode::BIN_INT1 => {
                let number = self.input.byte()?;
                self.push(Node::Integer(number.into()))?;
            }
            opcode::BIN_INT2 => {
                let number = u16::from_le_bytes(self.input.array()?);
                self.push(Node::Integer(number.into()))?;
            }
            opcode::LONG1 => {
                let bytes = self.input.short()?;
                self.integer(bytes)?;
            }
            opcode::LONG4 => {
                let bytes = self.input.long()?;
                self.integer(bytes)?;
            }
            opcode::BIN_FLOAT => {
                let number = f64::from_be_bytes(self.input.array()?);
                self.push(Node::Float(number))?;
            }

            opcode::SHORT_BIN_UNICODE => {
                let bytes = self.input.short()?;
                self.text(bytes)?;
            }
            opcode::BIN_UNICODE => {
                let bytes = self.input.long()?;
                self.text(bytes)?;
            }
            opcode::BIN_UNICODE8 => {
                let bytes = self.input.very_long()?;
                self.text(bytes)?;
            }
            opcode::SHORT_BIN_BYTES => {
                let bytes = self.input.short()?;
                self.push(Node::Bytes(bytes.to_vec()))?;
            }
            opcode::BIN_BYTES => {
                let bytes = self.input.long()?;
                self.push(Node::Bytes(bytes.to_vec()))?;
            }
            opcode::BIN_BYTES8 => {
                let bytes = self.input.very_long()?;
                self.push(Node::Bytes(bytes.to_vec()))?;
            }
            opcode::SHORT_BIN_STRING => {
                let bytes = self.input.short()?;
                self.old_text(bytes)?;
            }
            opcode::BIN_STRING => {
                let bytes = self.input.long()?;
                self.old_text(bytes)?;
            }

            opcode::EMPTY_LIST => self.push(Node::List(Vec::new()))?,
            opcode::APPEND => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            opcode::APPENDS => {
                let items = self.pop_to_mark()?;
                self.append(items)?;
            }
            opcode::EMPTY_TUPLE => self.push(Node::Tuple(Vec::new()))?,
            opcode::TUPLE => {
                let items = self.pop_to_mark()?;
                self.push(Node::Tuple(items))?;
            }
            opcode::TUPLE1 => self.tuple(1)?,
            opcode::TUPLE2 => self.tuple(2)?,
            opcode::TUPLE3 => self.tuple(3)?,
            opcode::EMPTY_DICT => self.push(Node::Dict(Vec::new()))?,
            opcode::SET_ITEM => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(&[key, value])?;
            }
            opcode::SET_ITEMS => {
                let items = self.pop_to_mark()?;
                self.set_items(&items)?;
            }
            opcode::EMPTY_SET => self.push(Node::Set(Vec::new()))?,
            opcode::ADD_ITEMS => {
                let items = self.pop_to_mark()?;
                self.append(items)?;
            }
            opcode::FROZEN_SET => {
                let items = self.pop_to_mark()?;
                self.push(Node::Set(items))?;
            }

            opcode::GLOBAL => {
                let (module, name) = (self.input.line()?, self.input.line()?);
                let (module, name) = (self.utf8(module)?.to_owned(), self.utf8(name)?.to_owned());
                self.class(&module, &name)?;
            }
            opcode::STACK_GLOBAL => {
                let (name, module) = (self.pop_text()?, self.pop_text()?);
                self.class(&module, &name)?;
            }
            opcode::REDUCE => self.call()?,
            opcode::NEW_OBJ => self.new_object()?,
            opcode::BUILD => self.build()?,

            opcode::BIN_GET => {
                let place = self.input.byte()?;
                self.get(place.into())?;
            }
            opcode::LONG_BIN_GET => {
                let place = u32::from_le_bytes(self.input.array()?);
                self.get(place)?;
            }
            opcode::BIN_PUT => {
                let place = self.input.byte()?;
                self.put(place.into())?;
            }
            opcode::LONG_BIN_PUT => {
                let place = u32::from_le_bytes(self.input.array()?);
                self.put(place)?;
            }
            opcode::MEMOIZE => {
                let place = u32::try_from(self.memo.len()).expect("the limit is far below");
                self.put(place)?;
            }
            code => return Err(PickleError::Opcode { code, at: self.at }),
        }
        Ok(true)
    }

    fn malformed(&self, reason: &'static str) -> PickleError {
        PickleError::Malformed { at: self.at, reason }
    }

    fn push(&mut self, node: Node) -> Result<(), PickleError> {
        let id = self.heap.add(node)?;
        self.stack.push(id);
        Ok(())
    }

    fn pop(&mut self) -> Result<Id, PickleError> {
        // What lies below the last mark is not there for whoever has not used the mark up.
        let bottom = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= bottom {
            return Err(self.malformed("the stack is empty"));
        }
        Ok(self.stack.pop().expect("it is higher than something"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop().ok_or_else(|| self.malformed("there is no mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn pop_text(&mut self) -> Result<String, PickleError> {
        let id = self.pop()?;
        match self.heap.node(id) {
            Node::Text(text) => Ok(text.clone()),
            _ => Err(self.malformed("a name is no text")),
        }
    }

    /// What is on top, to be changed.
    fn top(&mut self) -> Result<&mut Node, PickleError> {
        let id = self.pop()?;
        self.stack.push(id);
        Ok(self.heap.node_mut(id))
    }

    fn utf8<'b>(&self, bytes: &'b [u8]) -> Result<&'b str, PickleError> {
        std::str::from_utf8(bytes).map_err(|_| self.malformed("a text is not UTF-8"))
    }

    fn text(&mut self, bytes: &[u8]) -> Result<(), PickleError> {
        let text = self.utf8(bytes)?.to_owned();
        self.push(Node::Text(text))
    }

    fn old_text(&mut self, bytes: &[u8]) -> Result<(), PickleError> {
        self.push(match std::str::from_utf8(bytes) {
            Ok(text) => Node::Text(text.to_owned()),
            Err(_) => Node::Bytes(bytes.to_vec()),
        })
    }

    /// Little-endian, in two's complement, and as short as it can be.
    fn integer(&mut self, bytes: &[u8]) -> Result<(), PickleError> {
        if bytes.len() > 16 {
            return Err(self.malformed("a whole number has more than 128 bits"));
        }
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut padded = [if negative { 0xff } else { 0 }; 16];
        padded[..bytes.len()].copy_from_slice(bytes);
        self.push(Node::Integer(i128::from_le_bytes(padded)))
    }

    fn tuple(&mut self, length: usize) -> Result<(), PickleError> {
        let mut items = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(self.pop()?);
        }
        items.reverse();
        self.push(Node::Tuple(items))
    }

    fn append(&mut self, new: Vec<Id>) -> Result<(), PickleError> {
        match self.top()? {
            Node::List(items) | Node::Set(items) => items.extend(new),
            _ => return Err(self.malformed("items are added to something that has none")),
        }
        Ok(())
    }

    fn set_items(&mut self, new: &[Id]) -> Result<(), PickleError> {
        let (pairs, rest) = new.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(self.malformed("a key has no value"));
        }
        match self.top()? {
            Node::Dict(items) => items.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            _ => return Err(self.malformed("items are set in something that has none")),
        }
        Ok(())
    }

    fn class(&mut self, module: &str, name: &str) -> Result<(), PickleError> {
        let class = Class::find(module, name);
        let forbidden = || PickleError::Forbidden { name: format!("{module}.{name}") };
        self.push(Node::Class(class.ok_or_else(forbidden)?))
    }

    fn get(&mut self, place: u32) -> Result<(), PickleError> {
        let id = self.memo.get(&place).copied();
        self.stack.push(id.ok_or_else(|| self.malformed("nothing was remembered there"))?);
        Ok(())
    }

    fn put(&mut self, place: u32) -> Result<(), PickleError> {
        if self.memo.len() >= limit::NODES {
            let what = "the places in its memo";
            return Err(PickleError::TooLarge { what, limit: limit::NODES });
        }
        let id = self.pop()?;
        self.stack.push(id);
        self.memo.insert(place, id);
        Ok(())
    }

    /// Takes arguments and what is called from the stack.
    fn pop_call(&mut self) -> Result<(Class, Vec<Id>), PickleError> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let Node::Class(class) = self.heap.node(callee) else {
            return Err(self.malformed("something is called that is no class"));
        };
        let Node::Tuple(arguments) = self.heap.node(arguments) else {
            return Err(self.malformed("arguments are not a tuple"));
        };
        Ok((*class, arguments.clone()))
    }

    /// Writes a call down, or does the little that some of them mean.
    fn call(&mut self) -> Result<(), PickleError> {
        let (class, arguments) = self.pop_call()?;
        let nodes: Vec<&Node> = arguments.iter().map(|id| self.heap.node(*id)).collect();
        let node = match (class, nodes.as_slice()) {
            (Class::GetAttr, [Node::Class(Class::ZoneInfo), Node::Text(name)])
                if name == "_unpickle" =>
            {
                Node::Class(Class::ZoneInfo)
            }
            (Class::Encode, [Node::Text(text), Node::Text(encoding)]) if encoding == "latin1" => {
                let bytes: Option<Vec<u8>> =
                    text.chars().map(|character| u8::try_from(character).ok()).collect();
                Node::Bytes(bytes.ok_or(PickleError::Call { name: class.name() })?)
            }
            (Class::Bytes, []) => Node::Bytes(Vec::new()),
            (Class::Set | Class::FrozenSet, []) => Node::Set(Vec::new()),
            (Class::Set | Class::FrozenSet, [Node::List(items)]) => Node::Set(items.clone()),
            (Class::OrderedDict, []) => Node::Dict(Vec::new()),
            (
                Class::GetAttr
                | Class::Encode
                | Class::Bytes
                | Class::Set
                | Class::FrozenSet
                | Class::OrderedDict,
                _,
            ) => return Err(PickleError::Call { name: class.name() }),
            _ => Node::Object { class, arguments, state: None },
        };
        self.push(node)
    }

    fn new_object(&mut self) -> Result<(), PickleError> {
        let (class, arguments) = self.pop_call()?;
        self.push(Node::Object { class, arguments, state: None })
    }

    fn build(&mut self) -> Result<(), PickleError> {
        let told = self.pop()?;
        match self.top()? {
            Node::Object { state: state @ None, .. } => *state = Some(told),
            _ => return Err(self.malformed("state is given to something that takes none")),
        }
        Ok(())
    }
}
