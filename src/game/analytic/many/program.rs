//! A recorded formula as code for many states: sums of products, with every value in a register for as long as it
//! is needed.
//!
//! Sums and products are gathered into sums c + sum_k c_k a_k b_k, one pass over the states each; a value that is
//! used once is written into the sum that uses it. What no result needs is not there.

use super::symbol::{Called, Node, Record, Symbol};
use crate::game::objective::Curve;
use std::collections::{HashMap, HashSet};

/// Where an operand is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An input.
    Input(usize),
    /// A register.
    Register(usize),
    /// The number 1.
    One,
}

/// Where a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A register, none of whose last readers comes later.
    Register(usize),
    /// A result of the program.
    Output(usize),
}

/// A product c a b.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// c.
    pub by: f64,
    /// a.
    pub a: Place,
    /// b.
    pub b: Place,
}

/// One pass over the states.
#[derive(Clone, Debug, PartialEq)]
pub enum Instruction {
    /// A constant and a sum of products.
    Sum {
        /// The constant.
        constant: f64,
        /// The products.
        terms: Vec<Term>,
        /// Where the sum goes.
        to: Target,
    },
    /// 1 / (1 + e^-x) and 1 / (1 + e^x).
    Sigmoids {
        /// x, a product.
        of: Term,
        /// Where both go.
        to: [usize; 2],
    },
    /// 1 where x is above 0, else 0.
    Step {
        /// x.
        of: Place,
        /// Where it goes.
        to: usize,
    },
    /// 1 / x.
    Reciprocal {
        /// x.
        of: Place,
        /// Where it goes.
        to: usize,
    },
    /// A derivative of a function, number by number.
    Call {
        /// The function.
        function: Called,
        /// Order of the derivative.
        order: usize,
        /// Where it is taken.
        of: Place,
        /// Where it goes.
        to: usize,
    },
}

/// Instructions in order.
#[derive(Debug)]
pub struct Program {
    /// The instructions.
    pub code: Vec<Instruction>,
    /// The curves that they name.
    pub curves: Vec<Curve>,
    /// Number of registers.
    pub registers: usize,
    /// Whether results that are not finite, or so large that their square is not, become numbers as large as can be
    /// used.
    pub bounded: bool,
}

impl Program {
    /// The program that computes the results of a record.
    pub fn new(record: Record, bounded: bool) -> Self {
        let mut writer =
            Writer { uses: uses(&record), record: &record, places: HashMap::new(), code: Vec::new() };
        for (k, result) in record.results.iter().enumerate() {
            writer.sum(*result, Target::Output(k));
        }
        let (code, registers) = allocated(writer.code);
        Program { code, curves: record.curves, registers, bounded }
    }
}

/// How often each operation is an operand or a result. Constant multiples stand for what they multiply.
fn uses(record: &Record) -> Vec<u32> {
    let node = |number: u32| record.nodes[number as usize];
    let mut uses = vec![0; record.nodes.len()];
    // Both sigmoids of a number are one instruction.
    let mut judged = HashSet::new();
    let mut open: Vec<Symbol> = record.results.clone();
    while let Some(symbol) = open.pop() {
        let Symbol::Node(number) = symbol.scaled(node).1 else { continue };
        uses[number as usize] += 1;
        if uses[number as usize] == 1 {
            match node(number) {
                Node::Input(_) => {}
                Node::Add(a, b) | Node::Mul(a, b) => open.extend([a, b]),
                Node::Step(of) | Node::Reciprocal(of) => open.push(of),
                Node::Sigmoid { of, .. } => open.extend(judged.insert(of).then_some(of)),
                Node::Call { of, .. } => open.push(of),
            }
        }
    }
    uses
}

/// Writes instructions; registers are as yet as many as there are values.
struct Writer<'a> {
    record: &'a Record,
    uses: Vec<u32>,
    places: HashMap<Node, Place>,
    code: Vec<Instruction>,
}

impl Writer<'_> {
    fn node(&self, number: u32) -> Node {
        self.record.nodes[number as usize]
    }

    /// Writes the sum that a symbol is.
    fn sum(&mut self, symbol: Symbol, to: Target) {
        let (mut constant, mut terms) = (0.0, Vec::new());
        self.gather(symbol, 1.0, true, &mut constant, &mut terms);
        let terms = merged(terms);
        self.code.push(Instruction::Sum { constant, terms, to });
    }

    /// Adds `by` times a symbol to a sum. A sum or product that is used elsewhere too has its own register, unless it
    /// is what is being written.
    fn gather(&mut self, symbol: Symbol, by: f64, own: bool, constant: &mut f64, terms: &mut Vec<Term>) {
        let (factor, symbol) = symbol.scaled(|number| self.node(number));
        let by = by * factor;
        let number = match symbol {
            Symbol::Constant(c) => return *constant += by * c.value(),
            Symbol::Node(number) => number,
        };
        let here = self.uses[number as usize] == 1 || (own && factor == 1.0);
        match self.node(number) {
            Node::Add(a, b) if here => {
                self.gather(a, by, false, constant, terms);
                self.gather(b, by, false, constant, terms);
            }
            Node::Mul(a, b) if here => {
                let ((c, a), (d, b)) = (self.operand(a), self.operand(b));
                terms.push(Term { by: by * c * d, a, b });
            }
            node => terms.push(Term { by, a: self.place(node, symbol), b: Place::One }),
        }
    }

    /// A factor and where what it multiplies is read.
    fn operand(&mut self, symbol: Symbol) -> (f64, Place) {
        let (by, symbol) = symbol.scaled(|number| self.node(number));
        match symbol {
            Symbol::Constant(c) => (by * c.value(), Place::One),
            Symbol::Node(number) => (by, self.place(self.node(number), symbol)),
        }
    }

    /// Where the result of an operation is read, once it is computed.
    fn place(&mut self, node: Node, symbol: Symbol) -> Place {
        if let Node::Input(k) = node {
            return Place::Input(k);
        }
        if let Some(place) = self.places.get(&node) {
            return *place;
        }
        match node {
            Node::Input(_) | Node::Add(..) | Node::Mul(..) => {
                let to = self.register(node);
                self.sum(symbol, Target::Register(to));
            }
            Node::Step(of) => {
                let of = self.whole(of);
                let to = self.register(node);
                self.code.push(Instruction::Step { of, to });
            }
            Node::Sigmoid { of, .. } => {
                let both = [false, true].map(|flipped| Node::Sigmoid { of, flipped });
                let of = self.product(of);
                let to = both.map(|node| self.register(node));
                self.code.push(Instruction::Sigmoids { of, to });
            }
            Node::Reciprocal(of) => {
                let of = self.whole(of);
                let to = self.register(node);
                self.code.push(Instruction::Reciprocal { of, to });
            }
            Node::Call { function, order, of } => {
                let of = self.whole(of);
                let to = self.register(node);
                self.code.push(Instruction::Call { function, order, of, to });
            }
        }
        self.places[&node]
    }
}

impl Writer<'_> {
    /// A symbol as a product; one of two numbers that nobody else needs is left to who reads it.
    fn product(&mut self, symbol: Symbol) -> Term {
        let (by, rest) = symbol.scaled(|number| self.node(number));
        if let Symbol::Node(number) = rest
            && let Node::Mul(a, b) = self.node(number)
            && self.uses[number as usize] == 1
        {
            let ((c, a), (d, b)) = (self.operand(a), self.operand(b));
            return Term { by: by * c * d, a, b };
        }
        let (by, a) = self.operand(symbol);
        Term { by, a, b: Place::One }
    }

    /// Where a symbol is read, its constant factor included.
    fn whole(&mut self, symbol: Symbol) -> Place {
        match symbol {
            Symbol::Node(number) => self.place(self.node(number), symbol),
            // Operations on constants are done when they are recorded.
            Symbol::Constant(_) => Place::One,
        }
    }

    /// A new register for the result of an operation.
    fn register(&mut self, node: Node) -> usize {
        let next = self.places.len();
        self.places.insert(node, Place::Register(next));
        next
    }
}

/// Multiples of the same product as one.
fn merged(terms: Vec<Term>) -> Vec<Term> {
    let mut out: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        match out.iter_mut().find(|known| (known.a, known.b) == (term.a, term.b)) {
            Some(known) => known.by += term.by,
            None => out.push(term),
        }
    }
    out
}

impl Instruction {
    /// Calls a function with every register that is read.
    fn reads(&mut self, mut f: impl FnMut(&mut usize)) {
        let mut read = |place: &mut Place| {
            if let Place::Register(register) = place {
                f(register);
            }
        };
        match self {
            Instruction::Sum { terms, .. } => terms.iter_mut().for_each(|term| {
                read(&mut term.a);
                read(&mut term.b);
            }),
            Instruction::Sigmoids { of, .. } => {
                read(&mut of.a);
                read(&mut of.b);
            }
            Instruction::Step { of, .. }
            | Instruction::Reciprocal { of, .. }
            | Instruction::Call { of, .. } => read(of),
        }
    }

    /// Calls a function with every register that is written.
    fn writes(&mut self, mut f: impl FnMut(&mut usize)) {
        match self {
            Instruction::Sum { to: Target::Output(_), .. } => {}
            Instruction::Sum { to: Target::Register(to), .. }
            | Instruction::Step { to, .. }
            | Instruction::Reciprocal { to, .. }
            | Instruction::Call { to, .. } => f(to),
            Instruction::Sigmoids { to, .. } => to.iter_mut().for_each(f),
        }
    }
}

/// The same code with registers used again as soon as nobody reads them any more, and their number. No instruction
/// writes where it reads.
fn allocated(mut code: Vec<Instruction>) -> (Vec<Instruction>, usize) {
    let mut last = HashMap::new();
    for (at, instruction) in code.iter_mut().enumerate() {
        let mut seen = |value: &mut usize| {
            last.insert(*value, at);
        };
        instruction.reads(&mut seen);
        instruction.writes(&mut seen);
    }
    let (mut free, mut count) = (Vec::new(), 0);
    let mut homes: HashMap<usize, usize> = HashMap::new();
    for (at, instruction) in code.iter_mut().enumerate() {
        let mut ended = Vec::new();
        let mut note = |value: usize, home: usize| {
            if last[&value] == at && !ended.contains(&home) {
                ended.push(home);
            }
        };
        instruction.reads(|value| {
            let home = homes[value];
            note(*value, home);
            *value = home;
        });
        instruction.writes(|value| {
            let home = free.pop().unwrap_or_else(|| {
                count += 1;
                count - 1
            });
            homes.insert(*value, home);
            note(*value, home);
            *value = home;
        });
        free.extend(ended);
    }
    (code, count)
}
