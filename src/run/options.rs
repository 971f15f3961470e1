//! How a run is made, apart from what it is: none of this changes what a scenario means.

use std::path::PathBuf;

/// Settings of a run that are no part of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOptions {
    /// The run folder.
    pub out: PathBuf,
    /// Worker threads; all cores when None. Results do not depend on it.
    pub threads: Option<usize>,
    /// Where the networks are computed.
    pub device: DeviceChoice,
    /// Which kernels the products use.
    pub kernels: KernelChoice,
    /// Whether to go on with the run that is in the folder.
    pub resume: bool,
    /// Whether to replace a run that is in the folder.
    pub force: bool,
}

impl RunOptions {
    /// A fresh run on the CPU with native kernels and all cores.
    pub fn new(out: impl Into<PathBuf>) -> Self {
        RunOptions {
            out: out.into(),
            threads: None,
            device: DeviceChoice::Cpu,
            kernels: KernelChoice::Native,
            resume: false,
            force: false,
        }
    }
}

/// Where the networks are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU by its number.
    Cuda(usize),
    /// An Apple GPU.
    Metal,
}

impl DeviceChoice {
    /// Whether this build can compute there; the error says how to get one that can.
    pub fn supported(self) -> Result<(), String> {
        let rebuild = |name: &str| {
            Err(format!(
                "this build has no {name} support; build with `cargo build --release --features {name}`"
            ))
        };
        match self {
            DeviceChoice::Cpu => Ok(()),
            DeviceChoice::Cuda(_) if cfg!(feature = "cuda") => Ok(()),
            DeviceChoice::Metal if cfg!(feature = "metal") => Ok(()),
            DeviceChoice::Cuda(_) => rebuild("cuda"),
            DeviceChoice::Metal => rebuild("metal"),
        }
    }
}

impl std::str::FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let choice = match text.split_once(':') {
            None if text == "cpu" => DeviceChoice::Cpu,
            None if text == "cuda" => DeviceChoice::Cuda(0),
            None if text == "metal" => DeviceChoice::Metal,
            Some(("cuda", index)) => {
                DeviceChoice::Cuda(index.parse().map_err(|_| format!("`{index}` is no GPU number"))?)
            }
            _ => return Err("expected cpu, cuda, cuda:NUMBER or metal".into()),
        };
        choice.supported().map(|()| choice)
    }
}

/// Which kernels the products use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KernelChoice {
    /// The fastest that the processor has; results differ between processors in the last bits.
    #[default]
    Native,
    /// The same results on every machine, slower.
    Portable,
}
