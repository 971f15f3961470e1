//! Many runs at once: one scenario, axes of settings, seeds.
//!
//! A [`Design`] says which runs there are and what they are called, a [`Plan`] makes the scenario of each, [`run`] makes
//! those that are missing in a [`SweepFolder`], and a [`Row`] says what became of one. [`Results`] are the figures of each
//! setting over its seeds, with the tests between settings.

mod axes;
mod cost;
mod curves;
mod design;
mod draw;
mod folder;
mod judged;
mod plan;
mod results;
mod row;
pub mod statistics;
mod status;
mod table;
mod tune;
mod work;

pub use axes::{Axis, Choice};
pub use cost::Cost;
pub use curves::{CurvePoint, curves};
pub use design::{Design, short_name};
pub use folder::{Manifest, SweepFolder};
pub use judged::judged;
pub use plan::{Plan, SweepRequest};
pub use results::{By, Pair, Results, Setting};
pub use row::{Row, RowStatus};
pub use statistics::{Middle, Paired, Share};
pub use status::Standing;
pub use tune::{Tuned, tuned};
pub use work::{SweepOptions, Swept, Watch, run};
