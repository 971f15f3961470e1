//! ganscope trains small GANs and simpler two-player games, and shows how the training *moves*: which modes it
//! reaches, along which path, and with which eigenvalues where it settles.
//!
//! The program `ganscope` runs scenario files; this library is what it is made of. Data flows one way:
//!
//! ```text
//! scenario (TOML) -> game  --field--> rule --step--> run --records--> metric, spectrum, plot, report
//! ```
//!
//! A test that holds a game to its theory takes a few lines. Nagarajan & Kolter (2017) prove that the Wasserstein GAN
//! circles its equilibrium, and that their regulariser makes it stable; here is that, on a generator that can copy
//! its teacher exactly:
//!
//! ```
//! use ganscope::{game::{Draw, Game}, run::{RunOptions, gan_of}, scenario::{Override, load}, spectrum};
//!
//! fn rightmost(eta: f64) -> Result<f64, Box<dyn std::error::Error>> {
//!     let set = ["game.objective=\"wasserstein\"", "game.generator.hidden=[]", "game.discriminator.hidden=[]",
//!         "data.paired=true", &format!("game.regularizer=[{{ kind = \"gradient_norm\", eta = {eta} }}]")];
//!     let set = set.iter().map(|text| Override::parse(text)).collect::<Result<Vec<_>, _>>()?;
//!     let gan = gan_of::<f64>(&load("teacher-student", &set, None)?, &RunOptions::new("unused"))?;
//!     let at = gan.solution().ok_or("a teacher's game has a solution")?;
//!     let jacobian = spectrum::dense_jacobian(&gan, &at, &gan.draw(Draw { step: 0, draw: 0 }))?;
//!     Ok(spectrum::largest_real(&spectrum::apart_from_flat(&spectrum::eigenvalues(&jacobian)?, 1e-6)))
//! }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! assert!(rightmost(0.0)?.abs() < 1e-9); // centres: it circles
//! assert!(rightmost(0.5)? < -0.1); // every direction that is not flat contracts
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]

pub mod classifier;
pub mod data;
pub mod formula;
pub mod game;
pub mod inspect;
mod least;
pub mod maps;
pub mod metric;
pub mod nn;
pub mod plot;
pub mod random;
pub mod report;
pub mod rule;
pub mod run;
pub mod scalar;
pub mod scenario;
pub mod spectrum;
pub mod sweep;
