//! The two players and vectors that have a part for each.

use crate::scalar::Scalar;
use crate::scenario::PlayerName;
use std::ops::{Index, IndexMut};

/// A player. The order is everywhere discriminator first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Player {
    /// The first player.
    Discriminator,
    /// The second player.
    Generator,
}

impl Player {
    /// Both players in order.
    pub const BOTH: [Player; 2] = [Player::Discriminator, Player::Generator];

    /// The opponent.
    pub fn other(self) -> Player {
        match self {
            Player::Discriminator => Player::Generator,
            Player::Generator => Player::Discriminator,
        }
    }

    /// "discriminator" or "generator".
    pub fn name(self) -> &'static str {
        match self {
            Player::Discriminator => "discriminator",
            Player::Generator => "generator",
        }
    }
}

impl From<PlayerName> for Player {
    fn from(name: PlayerName) -> Self {
        match name {
            PlayerName::Discriminator => Player::Discriminator,
            PlayerName::Generator => Player::Generator,
        }
    }
}

/// A point of the game, or a vector at it: `theta = theta_d ++ theta_g`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joint<T> {
    /// The discriminator's part.
    pub d: Vec<T>,
    /// The generator's part.
    pub g: Vec<T>,
}

impl<T> Index<Player> for Joint<T> {
    type Output = Vec<T>;
    fn index(&self, player: Player) -> &Vec<T> {
        match player {
            Player::Discriminator => &self.d,
            Player::Generator => &self.g,
        }
    }
}

impl<T> IndexMut<Player> for Joint<T> {
    fn index_mut(&mut self, player: Player) -> &mut Vec<T> {
        match player {
            Player::Discriminator => &mut self.d,
            Player::Generator => &mut self.g,
        }
    }
}

impl<T> Joint<T> {
    /// Both parts to write, by their players.
    pub fn parts_mut(&mut self) -> [(Player, &mut [T]); 2] {
        [(Player::Discriminator, &mut self.d), (Player::Generator, &mut self.g)]
    }
}

impl<T: Scalar> Joint<T> {
    /// The zero vector.
    pub fn zeros([d, g]: [usize; 2]) -> Self {
        Joint { d: vec![T::ZERO; d], g: vec![T::ZERO; g] }
    }

    /// A vector from its flat form, the discriminator's part being the first `d` numbers.
    pub fn from_flat(flat: &[T], d: usize) -> Self {
        let (d, g) = flat.split_at(d);
        Joint { d: d.to_vec(), g: g.to_vec() }
    }

    /// Both parts one behind the other.
    pub fn flat(&self) -> Vec<T> {
        [&self.d[..], &self.g[..]].concat()
    }

    /// Lengths of the parts.
    pub fn sizes(&self) -> [usize; 2] {
        [self.d.len(), self.g.len()]
    }

    /// ‖self‖^2.
    pub fn norm_squared(&self) -> f64 {
        self.d.iter().chain(&self.g).map(|x| x.f64() * x.f64()).sum()
    }

    /// ‖self‖.
    pub fn norm(&self) -> f64 {
        self.norm_squared().sqrt()
    }

    /// ‖self - other‖.
    pub fn distance(&self, other: &Joint<T>) -> f64 {
        let mut apart = self.clone();
        apart.add_scaled(-1.0, other);
        apart.norm()
    }

    /// self += by * other.
    pub fn add_scaled(&mut self, by: f64, other: &Joint<T>) {
        for player in Player::BOTH {
            for (to, from) in self[player].iter_mut().zip(&other[player]) {
                *to += T::of(by) * *from;
            }
        }
    }

    /// self *= by.
    pub fn scale(&mut self, by: f64) {
        Player::BOTH.iter().for_each(|player| self.scale_of(*player, by));
    }

    /// One player's part *= by.
    pub fn scale_of(&mut self, player: Player, by: f64) {
        self[player].iter_mut().for_each(|x| *x *= T::of(by));
    }

    /// The inner product, summed in double precision.
    pub fn dot(&self, other: &Joint<T>) -> f64 {
        let of = |player: Player| self[player].iter().zip(&other[player]).map(|(a, b)| a.f64() * b.f64());
        Player::BOTH.into_iter().flat_map(of).sum()
    }

    /// The part of one player, zero for the other.
    pub fn only(&self, player: Player) -> Self {
        let mut out = Joint::zeros(self.sizes());
        out[player].clone_from(&self[player]);
        out
    }
}

/// to += from.
pub(super) fn add<T: Scalar>(from: &[T], to: &mut [T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
}
