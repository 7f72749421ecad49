//! What a generated type is, as data: written by the generator, printed by `source`, judged by `model`.

/// A type without parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Prim {
    U8,
    U16,
    U32,
    U64,
    U128,
    Usize,
    I8,
    I16,
    I32,
    I64,
    I128,
    Isize,
    F32,
    F64,
    Bool,
    Char,
}

impl Prim {
    pub(crate) const INTEGERS: [Self; 12] = [
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::U128,
        Self::Usize,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::I128,
        Self::Isize,
    ];

    pub(crate) const ALL: [Self; 16] = [
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::U128,
        Self::Usize,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::I128,
        Self::Isize,
        Self::F32,
        Self::F64,
        Self::Bool,
        Self::Char,
    ];

    /// What an atomic of at most 8 bytes can hold.
    pub(crate) const ATOMIC: [Self; 11] = [
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::Usize,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::Isize,
        Self::Bool,
    ];

    /// The name in Rust.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::Usize => "usize",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::Isize => "isize",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Bool => "bool",
            Self::Char => "char",
        }
    }

    /// `Usize`, as in `AtomicUsize`.
    pub(crate) fn capitalised(self) -> String {
        let (first, rest) = self.name().split_at(1);
        first.to_uppercase() + rest
    }

    /// The least and the greatest value of an integer; those of 128 bits end where `i128` ends.
    pub(crate) const fn range(self) -> (i128, i128) {
        match self {
            Self::U8 => (0, u8::MAX as i128),
            Self::U16 => (0, u16::MAX as i128),
            Self::U32 => (0, u32::MAX as i128),
            Self::U64 => (0, u64::MAX as i128),
            Self::U128 => (0, i128::MAX),
            Self::Usize => (0, usize::MAX as i128),
            Self::I8 => (i8::MIN as i128, i8::MAX as i128),
            Self::I16 => (i16::MIN as i128, i16::MAX as i128),
            Self::I32 => (i32::MIN as i128, i32::MAX as i128),
            Self::I64 => (i64::MIN as i128, i64::MAX as i128),
            Self::I128 => (i128::MIN, i128::MAX),
            Self::Isize => (isize::MIN as i128, isize::MAX as i128),
            Self::F32 | Self::F64 | Self::Bool | Self::Char => (0, 0),
        }
    }
}

/// The type of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ty {
    Prim(Prim),
    Atomic(Prim),
    NonZero(Prim),
    OptionNonZero(Prim),
    Unit,
    /// With the text of its argument.
    Phantom(&'static str),
    /// `PhantomData` of another type of the pool.
    PhantomOf(Box<Ty>),
    Wrapping(Box<Ty>),
    MaybeUninit(Box<Ty>),
    Array(Box<Ty>, Len),
    /// An earlier definition, by its number, with type and constant arguments.
    Def(usize, Vec<Ty>, Vec<Len>),
    /// A `type` alias, by its number.
    Alias(usize, Box<Ty>),
    /// A type parameter of the definition that the field is in.
    Param(usize),
}

/// The length of an array, or a constant argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Len {
    Number(usize),
    Param(usize),
}

/// How the fields of a struct or variant are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    Named,
    Tuple,
    Unit,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// As an expression names it: `r#type` or `0`.
    pub(crate) member: String,
    /// The name in the layout.
    pub(crate) name: String,
    /// Whether an attribute gives the name.
    pub(crate) is_renamed: bool,
    pub(crate) ty: Ty,
    /// The type as it is written.
    pub(crate) text: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) ident: String,
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) fields: Vec<Field>,
    /// The expression behind `=`.
    pub(crate) expression: Option<String>,
    pub(crate) discriminant: i128,
    pub(crate) is_default: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Repr {
    pub(crate) is_c: bool,
    pub(crate) is_transparent: bool,
    pub(crate) int: Option<Prim>,
    /// The greatest `align`, or 1.
    pub(crate) align: usize,
    /// The attributes as they are written.
    pub(crate) lines: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Struct(Shape, Vec<Field>),
    Enum(Vec<Variant>),
}

#[derive(Clone, Debug)]
pub(crate) struct Def {
    pub(crate) ident: String,
    pub(crate) name: String,
    pub(crate) repr: Repr,
    pub(crate) body: Body,
    pub(crate) type_params: Vec<String>,
    pub(crate) const_params: Vec<String>,
    /// Settings inside `#[shm(…)]`.
    pub(crate) settings: Vec<String>,
    /// The alias that stands before it: its number and its text.
    pub(crate) alias: Option<(usize, String)>,
}

impl Def {
    pub(crate) const fn is_generic(&self) -> bool {
        !self.type_params.is_empty() || !self.const_params.is_empty()
    }
}
