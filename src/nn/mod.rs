//! Networks: shapes, initial weights, and the ways to run them.
//!
//! A `Network` is a multilayer perceptron or a stack of layers over images.
//! `tape` runs a network on candle tensors, on any device, carrying directional derivatives of any order beside
//! the values; its gradients come from candle's tape. `fused` runs the same network on the processor with
//! hand-written passes, many times faster: first tangents over preallocated buffers for the field, and gradients
//! in jet arithmetic for its Jacobian. The first is the second one's oracle.

mod activation;
pub mod fused;
mod init;
pub(crate) mod label;
mod mlp;
mod network;
pub mod stack;
pub mod tape;

pub use activation::{LEAK, softplus};
pub use init::{initial_parameters, orthogonal};
pub use mlp::{LayerSlots, Mlp};
pub use network::{Conditions, Network, NetworkPass, ParameterSlot, Role};
pub use stack::{Stack, Statistics};
