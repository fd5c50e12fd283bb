//! The suite of all stores, held to account: stores that are sound pass it, and for each of its
//! cases there is a store that is not and does not. And the store whose faults a test scripts.

mod broken;
mod defect;
mod faulty;
mod proof;
mod reads;
mod sound;
mod writes;
