#![doc = include_str!("../README.md")]

mod options;
mod pool;

pub use options::register;
pub use pool::ThreadPoolExecutor;
