//! The papers that a scenario's parts come from.

/// What a reference is, and the fields of BibTeX that follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Venue {
    /// A conference and the fields beside it.
    Conference(&'static str),
    /// A journal with volume, number (may be empty) and pages.
    Journal(&'static str, &'static str, &'static str, &'static str),
    /// A preprint of arXiv that was not published elsewhere.
    Preprint,
    /// Anything else, in words.
    Other(&'static str),
}

/// A paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Key of the entry.
    pub key: &'static str,
    /// Authors as BibTeX writes them.
    pub authors: &'static str,
    /// Title; braces keep capitals.
    pub title: &'static str,
    /// Year.
    pub year: u16,
    /// Where it appeared.
    pub venue: Venue,
    /// Number of the preprint at arXiv; empty where there is none.
    pub arxiv: &'static str,
}

use Venue::{Conference, Journal, Other, Preprint};

const NIPS: Venue = Conference("Advances in Neural Information Processing Systems");
const ICML: Venue = Conference("International Conference on Machine Learning");
const ICLR: Venue = Conference("International Conference on Learning Representations");
const ICCV: Venue = Conference("IEEE International Conference on Computer Vision");
const AISTATS: Venue = Conference("International Conference on Artificial Intelligence and Statistics");

macro_rules! papers {
    ($($name:ident: $doc:literal $key:literal $year:literal $venue:expr, $arxiv:literal, $authors:literal, $title:literal;)*) => {
        $(
            #[doc = $doc]
            pub const $name: Paper = Paper {
                key: $key, authors: $authors, title: $title, year: $year, venue: $venue, arxiv: $arxiv,
            };
        )*
        /// All of them.
        #[cfg(test)]
        pub const ALL: &[Paper] = &[$($name),*];
    };
}

papers! {
    LOCALLY_STABLE: "The gradient-norm regulariser and the analysis it comes from."
        "nagarajan2017gradient" 2017 NIPS, "1706.04156",
        "Nagarajan, Vaishnavh and Kolter, J. Zico",
        "Gradient descent {GAN} optimization is locally stable";
    GAN: "The minimax and non-saturating losses."
        "goodfellow2014generative" 2014 NIPS, "1406.2661",
        "Goodfellow, Ian and Pouget-Abadie, Jean and Mirza, Mehdi and Xu, Bing and Warde-Farley, David and Ozair, Sherjil and Courville, Aaron and Bengio, Yoshua",
        "Generative Adversarial Nets";
    WGAN: "The Wasserstein losses."
        "arjovsky2017wasserstein" 2017 ICML, "1701.07875",
        "Arjovsky, Martin and Chintala, Soumith and Bottou, L{\\'e}on",
        "{Wasserstein} Generative Adversarial Networks";
    WGAN_GP: "The gradient penalty between real and generated samples."
        "gulrajani2017improved" 2017 NIPS, "1704.00028",
        "Gulrajani, Ishaan and Ahmed, Faruk and Arjovsky, Martin and Dumoulin, Vincent and Courville, Aaron",
        "Improved Training of {Wasserstein} {GANs}";
    ONE_SIDED: "The one-sided gradient penalty."
        "petzka2018regularization" 2018 ICLR, "1709.08894",
        "Petzka, Henning and Fischer, Asja and Lukovnikov, Denis",
        "On the regularization of {Wasserstein} {GANs}";
    LSGAN: "The least-squares losses."
        "mao2017least" 2017 ICCV, "1611.04076",
        "Mao, Xudong and Li, Qing and Xie, Haoran and Lau, Raymond Y. K. and Wang, Zhen and Smolley, Stephen Paul",
        "Least Squares Generative Adversarial Networks";
    HINGE: "The hinge losses."
        "lim2017geometric" 2017 Preprint, "1705.02894",
        "Lim, Jae Hyun and Ye, Jong Chul",
        "Geometric {GAN}";
    RELATIVISTIC: "The relativistic losses."
        "jolicoeur2019relativistic" 2019 ICLR, "1807.00734",
        "Jolicoeur-Martineau, Alexia",
        "The relativistic discriminator: a key element missing from standard {GAN}";
    R1_R2: "The penalties on the gradient at real and at generated samples."
        "mescheder2018which" 2018 ICML, "1801.04406",
        "Mescheder, Lars and Geiger, Andreas and Nowozin, Sebastian",
        "Which Training Methods for {GANs} do actually Converge?";
    R3GAN: "The relativistic losses with both penalties."
        "huang2024gan" 2024 NIPS, "2501.05441",
        "Huang, Yiwen and Gokaslan, Aaron and Kuleshov, Volodymyr and Tompkin, James",
        "The {GAN} is dead; long live the {GAN}! {A} Modern {GAN} Baseline";
    CONSENSUS: "Consensus optimisation."
        "mescheder2017numerics" 2017 NIPS, "1705.10461",
        "Mescheder, Lars and Nowozin, Sebastian and Geiger, Andreas",
        "The Numerics of {GANs}";
    ODE_GAN: "The norm of the generator's gradient, paid by the discriminator."
        "qin2020training" 2020 NIPS, "2010.15040",
        "Qin, Chongli and Wu, Yan and Springenberg, Jost Tobias and Brock, Andy and Donahue, Jeff and Lillicrap, Timothy and Kohli, Pushmeet",
        "Training Generative Adversarial Networks by Solving Ordinary Differential Equations";
    PACGAN: "Packing, and a count of modes."
        "lin2018pacgan" 2018 NIPS, "1712.04086",
        "Lin, Zinan and Khetan, Ashish and Fanti, Giulia and Oh, Sewoong",
        "{PacGAN}: The power of two samples in generative adversarial networks";
    VEEGAN: "The count of modes and of high-quality samples."
        "srivastava2017veegan" 2017 NIPS, "1705.07761",
        "Srivastava, Akash and Valkov, Lazar and Russell, Chris and Gutmann, Michael U. and Sutton, Charles",
        "{VEEGAN}: Reducing Mode Collapse in {GANs} using Implicit Variational Learning";
    ADAM: "The Adam optimiser."
        "kingma2015adam" 2015 ICLR, "1412.6980",
        "Kingma, Diederik P. and Ba, Jimmy",
        "{Adam}: A Method for Stochastic Optimization";
    RMSPROP: "The RMSprop optimiser."
        "tieleman2012rmsprop" 2012 Other("Lecture 6.5 of COURSERA: Neural Networks for Machine Learning"), "",
        "Tieleman, Tijmen and Hinton, Geoffrey",
        "{RMSProp}: Divide the gradient by a running average of its recent magnitude";
    ADAGRAD: "The AdaGrad optimiser."
        "duchi2011adaptive" 2011 Journal("Journal of Machine Learning Research", "12", "", "2121--2159"), "",
        "Duchi, John and Hazan, Elad and Singer, Yoram",
        "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization";
    NEGATIVE_MOMENTUM: "Negative momentum."
        "gidel2019negative" 2019 AISTATS, "1807.04740",
        "Gidel, Gauthier and Hemmat, Reyhane Askari and Pezeshki, Mohammad and Le Priol, R{\\'e}mi and Huang, Gabriel and Lacoste-Julien, Simon and Mitliagkas, Ioannis",
        "Negative Momentum for Improved Game Dynamics";
    SYMPLECTIC: "Symplectic gradient adjustment; potential and Hamiltonian games."
        "balduzzi2018mechanics" 2018 ICML, "1802.05642",
        "Balduzzi, David and Racani{\\`e}re, S{\\'e}bastien and Martens, James and Foerster, Jakob and Tuyls, Karl and Graepel, Thore",
        "The Mechanics of n-Player Differentiable Games";
    COMPETITIVE: "Competitive gradient descent."
        "schaefer2019competitive" 2019 NIPS, "1905.12103",
        "Sch{\\\"a}fer, Florian and Anandkumar, Anima",
        "Competitive Gradient Descent";
    LEAD: "LEAD: a push by the opponent's last move."
        "hemmat2020lead" 2020 Preprint, "2010.13846",
        "Hemmat, Reyhane Askari and Mitra, Amartya and Lajoie, Guillaume and Mitliagkas, Ioannis",
        "{LEAD}: Min-Max Optimization from a Physical Perspective";
    EXTRAGRADIENT: "The extragradient method."
        "korpelevich1976extragradient" 1976 Journal("Matecon", "12", "", "747--756"), "",
        "Korpelevich, G. M.",
        "The extragradient method for finding saddle points and other problems";
    PAST: "The extragradient method that repeats its last step."
        "popov1980modification" 1980 Journal("Mathematical notes of the Academy of Sciences of the USSR", "28", "5", "845--848"), "",
        "Popov, L. D.",
        "A modification of the {Arrow-Hurwicz} method for search of saddle points";
    VARIATIONAL: "GANs as variational inequalities: extragradient, extrapolation from the past, ExtraAdam, averages."
        "gidel2019variational" 2019 ICLR, "1802.10551",
        "Gidel, Gauthier and Berard, Hugo and Vignoud, Ga{\\\"e}tan and Vincent, Pascal and Lacoste-Julien, Simon",
        "A Variational Inequality Perspective on Generative Adversarial Networks";
    OPTIMISTIC: "Optimistic gradient descent, and optimistic Adam."
        "daskalakis2018training" 2018 ICLR, "1711.00141",
        "Daskalakis, Constantinos and Ilyas, Andrew and Syrgkanis, Vasilis and Zeng, Haoyang",
        "Training {GANs} with Optimism";
    UNROLLED: "The unrolled discriminator."
        "metz2017unrolled" 2017 ICLR, "1611.02163",
        "Metz, Luke and Poole, Ben and Pfau, David and Sohl-Dickstein, Jascha",
        "Unrolled Generative Adversarial Networks";
    LOOKAHEAD: "Lookahead."
        "zhang2019lookahead" 2019 NIPS, "1907.08610",
        "Zhang, Michael R. and Lucas, James and Hinton, Geoffrey and Ba, Jimmy",
        "Lookahead Optimizer: k steps forward, 1 step back";
    LOOKAHEAD_GAMES: "Lookahead in games."
        "chavdarova2021taming" 2021 ICLR, "2006.14567",
        "Chavdarova, Tatjana and Pagliardini, Matteo and Stich, Sebastian U. and Fleuret, Fran{\\c{c}}ois and Jaggi, Martin",
        "Taming {GANs} with Lookahead-Minmax";
    DORMAND_PRINCE: "The adaptive Runge-Kutta pair of orders 5 and 4."
        "dormand1980family" 1980 Journal("Journal of Computational and Applied Mathematics", "6", "1", "19--26"), "",
        "Dormand, John R. and Prince, Peter J.",
        "A family of embedded {Runge-Kutta} formulae";
    AMSGRAD: "AMSGrad."
        "reddi2018convergence" 2018 ICLR, "1904.09237",
        "Reddi, Sashank J. and Kale, Satyen and Kumar, Sanjiv",
        "On the Convergence of {Adam} and Beyond";
    TWO_TIME_SCALES: "Step sizes of two time scales."
        "heusel2017gans" 2017 NIPS, "1706.08500",
        "Heusel, Martin and Ramsauer, Hubert and Unterthiner, Thomas and Nessler, Bernhard and Hochreiter, Sepp",
        "{GANs} Trained by a Two Time-Scale Update Rule Converge to a Local {Nash} Equilibrium";
    INSTANCE_NOISE: "Instance noise."
        "sonderby2017amortised" 2017 ICLR, "1610.04490",
        "S{\\o}nderby, Casper Kaae and Caballero, Jose and Theis, Lucas and Shi, Wenzhe and Husz{\\'a}r, Ferenc",
        "Amortised {MAP} Inference for Image Super-resolution";
    AVERAGING: "The moving average of the generator."
        "yazici2019unusual" 2019 ICLR, "1806.04498",
        "Yaz{\\i}c{\\i}, Yasin and Foo, Chuan-Sheng and Winkler, Stefan and Yap, Kim-Hui and Piliouras, Georgios and Chandrasekhar, Vijay",
        "The Unusual Effectiveness of Averaging in {GAN} Training";
    ORTHOGONAL: "Orthogonal initial weights."
        "saxe2014exact" 2014 ICLR, "1312.6120",
        "Saxe, Andrew M. and McClelland, James L. and Ganguli, Surya",
        "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks";
    XAVIER: "Xavier's initial weights."
        "glorot2010understanding" 2010 AISTATS, "",
        "Glorot, Xavier and Bengio, Yoshua",
        "Understanding the difficulty of training deep feedforward neural networks";
    KAIMING: "Kaiming's initial weights."
        "he2015delving" 2015 ICCV, "1502.01852",
        "He, Kaiming and Zhang, Xiangyu and Ren, Shaoqing and Sun, Jian",
        "Delving Deep into Rectifiers: Surpassing Human-Level Performance on {ImageNet} Classification";
    MMD: "The maximum mean discrepancy."
        "gretton2012kernel" 2012 Journal("Journal of Machine Learning Research", "13", "", "723--773"), "",
        "Gretton, Arthur and Borgwardt, Karsten M. and Rasch, Malte J. and Sch{\\\"o}lkopf, Bernhard and Smola, Alexander",
        "A Kernel Two-Sample Test";
    ENERGY: "The energy distance."
        "szekely2013energy" 2013 Journal("Journal of Statistical Planning and Inference", "143", "8", "1249--1272"), "",
        "Sz{\\'e}kely, G{\\'a}bor J. and Rizzo, Maria L.",
        "Energy statistics: A class of statistics based on distances";
    SLICED: "The sliced Wasserstein distance."
        "bonneel2015sliced" 2015 Journal("Journal of Mathematical Imaging and Vision", "51", "1", "22--45"), "",
        "Bonneel, Nicolas and Rabin, Julien and Peyr{\\'e}, Gabriel and Pfister, Hanspeter",
        "Sliced and {Radon} {Wasserstein} Barycenters of Measures";
}
