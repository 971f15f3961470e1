//! How a spectrum is taken: flags shared by everything that takes one.

use crate::cli::exit::Failure;
use ganscope::game::GanBatch;
use ganscope::run::{Playable, Subject, available_memory_bytes};
use ganscope::spectrum::{Extreme, Method, Request, Search};

/// How a spectrum is taken.
#[derive(clap::Args)]
pub struct How {
    /// dense: all eigenvalues; krylov: the outermost, by products with vectors [default: dense up to 4000 parameters].
    #[arg(long, value_parser = method)]
    method: Option<Method>,
    /// Eigenvalues of each extreme, where the method is krylov.
    #[arg(long, value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    count: u32,
    /// Which extremes: magnitude, real, imaginary.
    #[arg(long, value_delimiter = ',', default_values = ["magnitude", "real"], value_parser = extreme)]
    extremes: Vec<Extreme>,
    /// Relative residual at which an eigenvalue counts as converged (krylov).
    #[arg(long, value_name = "T", default_value_t = 1e-8, value_parser = small)]
    tolerance: f64,
    /// Restarts without another eigenvalue that converges before it gives up (krylov).
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    restarts: u32,
    /// Skip condition numbers, which take the search a second time (krylov).
    #[arg(long)]
    no_conditions: bool,
    /// Eigenvalues up to this share of the largest magnitude are flat directions.
    #[arg(long, value_name = "T", default_value_t = 1e-7, value_parser = small)]
    flat: f64,
    /// Batches over which the figures' spread is taken; the first one is kept [default: 4, or 1 where the method is
    /// krylov, which takes minutes for each at a hundred thousand parameters].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    batches: Option<u64>,
    /// Samples in a batch [default: as in training].
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch_size: Option<u32>,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N", value_parser = crate::cli::threads)]
    pub threads: Option<usize>,
}

fn method(text: &str) -> Result<Method, String> {
    match text {
        "dense" => Ok(Method::Dense),
        "krylov" => Ok(Method::Krylov),
        _ => Err("expected dense or krylov".into()),
    }
}

fn extreme(text: &str) -> Result<Extreme, String> {
    match text {
        "magnitude" => Ok(Extreme::Magnitude),
        "real" => Ok(Extreme::Real),
        "imaginary" => Ok(Extreme::Imaginary),
        _ => Err("expected magnitude, real or imaginary".into()),
    }
}

fn small(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x < 0.1 => Ok(x),
        _ => Err("expected a number above 0 and below 0.1".into()),
    }
}

impl How {
    /// The request, given the seed of the run.
    pub fn request(&self, seed: u64) -> Request {
        Request {
            method: self.method,
            search: Search {
                extreme: Extreme::Magnitude,
                count: self.count as usize,
                tolerance: self.tolerance,
                restarts: self.restarts as usize,
                conditions: !self.no_conditions,
                seed,
                ..Search::default()
            },
            extremes: self.extremes.clone(),
            flat: self.flat,
            memory_bytes: available_memory_bytes(),
            ..Request::default()
        }
    }

    /// The batches of a subject, each of whole packs.
    pub fn batches(&self, subject: &Subject) -> Result<Vec<GanBatch<f64>>, Failure> {
        let rows = self.batch_size.map(|rows| rows as usize);
        if let (Playable::Gan(gan), Some(rows)) = (&subject.game, rows)
            && !rows.is_multiple_of(gan.pack)
        {
            let text = format!("--batch-size {rows}: the discriminator judges packs of {}", gan.pack);
            return Err(Failure::input(text));
        }
        let parameters = subject.at.d.len() + subject.at.g.len();
        let usual = match (Request { method: self.method, ..Request::default() }).method_at(parameters) {
            Method::Dense => 4,
            Method::Krylov => 1,
        };
        Ok(subject.batches(self.batches.unwrap_or(usual), rows))
    }
}
