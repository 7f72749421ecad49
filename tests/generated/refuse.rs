//! Definitions that must be refused: most are an accepted one with one mistake put in.

use std::ops::Range;

use crate::definition::{Body, Def, Field, Repr, Shape, Ty};
use crate::generate::Generator;
use crate::model::Model;
use crate::source;
use crate::workspace::CompileError;

pub(crate) struct Refused {
    pub(crate) text: String,
    /// One of these must be in the code or the message of one of its errors, or another mistake was found than the
    /// one that was put in.
    words: &'static [&'static str],
    /// From this line of the text on there is no mistake: an error there is a follow-up of the one before.
    quiet_from: Option<usize>,
    /// Where it lies in its file.
    pub(crate) lines: Range<usize>,
    pub(crate) errors: Vec<CompileError>,
}

/// What the mistakes refer to.
pub(crate) const PRELUDE: &str = "\
pub struct Plain { pub a: u8 }
#[repr(C)] pub struct PlainC { pub a: u8 }
#[repr(u8)] pub enum PlainEnum { A, B }
pub struct Dropping(pub u8);
impl Drop for Dropping { fn drop(&mut self) {} }
#[repr(C)] pub union PlainUnion { pub a: u8, pub b: u32 }
pub struct Holder<T>(pub T);
pub type Text = String;
pub type Grown<T> = Vec<T>;
pub type Maybe = Option<u32>;
pub type Pair = (u8, u16);
pub type Callback = fn(u8) -> u8;
pub type Words = [Vec<u8>; 2];
pub type Pointer<T> = *const T;
pub trait Has { type Item; }
impl Has for u8 { type Item = String; }
impl Has for u16 { type Item = &'static str; }
";

/// Types that are not `ShmSafe`. `{}` is a type parameter, where the definition has one.
const TYPES: [&str; 96] = [
    "Vec<u8>",
    "Vec<{}>",
    "String",
    "Box<u32>",
    "Box<{}>",
    "Box<dyn Fn(u8) -> u8 + Send + Sync>",
    "Box<[u8]>",
    "Box<str>",
    "std::rc::Rc<u8>",
    "std::sync::Arc<{}>",
    "std::sync::Weak<u8>",
    "HashMap<u8, u8>",
    "HashSet<u32>",
    "BTreeMap<u8, {}>",
    "BTreeSet<u8>",
    "BinaryHeap<u8>",
    "LinkedList<u8>",
    "VecDeque<u8>",
    "std::ffi::CString",
    "std::ffi::OsString",
    "std::path::PathBuf",
    "std::borrow::Cow<'static, str>",
    "&'static u8",
    "&'static {}",
    "&'static mut u8",
    "&'static str",
    "&'static [u8]",
    "&'static dyn Send",
    "&u8",
    "&mut u8",
    "*const u8",
    "*mut {}",
    "*const dyn Send",
    "core::ptr::NonNull<u8>",
    "AtomicPtr<u8>",
    "fn(u8) -> u8",
    "fn(&u8) -> &u8",
    "unsafe extern \"C\" fn(*const u8)",
    "std::fs::File",
    "std::os::fd::OwnedFd",
    "std::os::fd::RawFd",
    "std::net::TcpStream",
    "std::thread::JoinHandle<()>",
    "std::thread::ThreadId",
    "std::any::TypeId",
    "std::time::Instant",
    "std::time::SystemTime",
    "core::time::Duration",
    "std::sync::Mutex<u32>",
    "std::sync::Mutex<{}>",
    "std::sync::RwLock<u8>",
    "std::sync::Condvar",
    "std::sync::Once",
    "std::sync::OnceLock<u8>",
    "std::sync::LazyLock<u8>",
    "std::sync::Barrier",
    "core::cell::Cell<u8>",
    "core::cell::RefCell<{}>",
    "core::cell::UnsafeCell<u8>",
    "core::cell::OnceCell<u8>",
    "Option<u8>",
    "Option<{}>",
    "Option<bool>",
    "Option<char>",
    "Option<Vec<u8>>",
    "Option<Option<NonZero<u8>>>",
    "Option<&'static u8>",
    "Result<u8, u16>",
    "(u8,)",
    "(u8, {})",
    "((), ())",
    "core::ops::Range<u32>",
    "core::net::IpAddr",
    "core::net::Ipv4Addr",
    "core::cmp::Ordering",
    "core::cmp::Reverse<u8>",
    "core::num::Saturating<u8>",
    "core::mem::ManuallyDrop<u8>",
    "core::convert::Infallible",
    "core::alloc::Layout",
    "core::marker::PhantomPinned",
    "PhantomData<*const u8>",
    "PhantomData<core::cell::Cell<u8>>",
    "PhantomData<std::rc::Rc<u8>>",
    "Plain",
    "PlainC",
    "PlainEnum",
    "PlainUnion",
    "Dropping",
    "Holder<{}>",
    "Text",
    "Grown<{}>",
    "Maybe",
    "Pair",
    "<u8 as Has>::Item",
    "Pointer<{}>",
];

const LAYOUT: &[&str] = &["layout", "representation", "E0517", "E0692", "E0552", "E0566", "E0658"];
const FIELD: &[&str] = &["cannot live in shared memory"];

/// Mistakes that are a text of their own; `@` is the number.
const WHOLE: [(&str, &[&str]); 38] = [
    ("#[repr(u8)] pub enum R@ { A = 255, B }", &["E0370"]),
    ("#[repr(i8)] pub enum R@ { A = 127, B }", &["E0370"]),
    ("#[repr(u8)] pub enum R@ { A = 1, B = 1 }", &["E0081"]),
    ("#[repr(u8)] pub enum R@ { A, B = 0 }", &["E0081"]),
    ("#[repr(u8)] pub enum R@ { A = 256 }", &["literal out of range", "E0308", "E0080"]),
    ("#[repr(u8)] pub enum R@ { A = -1 }", &["E0600", "E0277"]),
    ("#[repr(u8)] pub enum R@ { A = 1u16 }", &["E0308"]),
    ("#[repr(C)] pub enum R@ { A(u8) = 1, B = 2 }", &["E0732"]),
    ("#[repr(C)] pub enum R@ { A { a: u8 }, B = 2 }", &["E0732"]),
    ("#[repr(u8)] pub enum R@ {}", &["E0084", "no variants"]),
    ("#[repr(C)] pub enum R@ {}", &["E0084", "no variants"]),
    ("pub enum R@ {}", &["no variants"]),
    ("#[repr(transparent)] pub struct R@ { a: u8, b: u8 }", &["E0690"]),
    ("#[repr(transparent)] pub enum R@ { A(u8), B }", &["E0731"]),
    ("#[repr(transparent)] pub enum R@ { A(u8, u8) }", &["E0690"]),
    ("#[repr(C)] pub union R@ { a: u8, b: [u32; 2] }", &["union"]),
    ("pub union R@ { a: u8 }", &["union"]),
    ("#[repr(C)] pub struct R@<'a> { a: &'a u8 }", FIELD),
    ("#[repr(C)] pub struct R@<'a> { a: u8, b: PhantomData<&'a u8> }", &["lifetime", "borrow"]),
    ("#[repr(C)] pub struct R@<'a, T> { a: PhantomData<&'a T> }", &["lifetime", "borrow"]),
    ("#[repr(u8)] pub enum R@<'a> { A(&'a str), B }", FIELD),
    ("#[repr(C)] pub struct R@<'a> { a: u8 }", &["E0392", "lifetime"]),
    ("#[repr(C)] pub struct R@ { a: u8, b: [u8] }", FIELD),
    ("#[repr(C)] pub struct R@ { a: u8, b: str }", FIELD),
    ("#[repr(C)] pub struct R@ { b: dyn Send }", FIELD),
    ("#[repr(C)] #[shm(nmae = \"x\")] pub struct R@ { a: u8 }", &["unknown attribute"]),
    ("#[repr(C)] #[shm(name = \"\")] pub struct R@ { a: u8 }", &["must not be empty"]),
    ("#[repr(C)] #[shm(name = \"x\", name = \"y\")] pub struct R@ { a: u8 }", &["twice"]),
    ("#[repr(C)] pub struct R@ { #[shm(deny_padding)] a: u8 }", &["unknown attribute"]),
    ("#[repr(C)] pub struct R@ { a: u8, #[shm(name = \"a\")] b: u8 }", &["name"]),
    ("#[repr(u8)] pub enum R@ { A, #[shm(name = \"A\")] B }", &["name"]),
    ("#[repr(u8)] pub enum R@ { #[default] A, #[default] B }", &["#[default]"]),
    ("#[repr(C)] pub struct R@ { #[default] a: u8 }", &["#[default]"]),
    ("#[repr(C)] #[shm(bound = \"T: Copy\")] pub struct R@<T> { a: T }", FIELD),
    ("#[repr(C)] #[shm(bound = \"\")] pub struct R@<T> { a: [T; 2] }", FIELD),
    ("#[repr(C)] pub struct R@<T: Has> { a: T, b: T::Item, c: Vec<T::Item> }", FIELD),
    ("#[repr(C)] #[shm(deny_padding)] pub struct R@ { a: u8, b: u32 }", &["of padding"]),
    ("#[repr(u8)] #[shm(deny_padding)] pub enum R@ { A(u8), B(u16) }", &["of padding"]),
];

/// Names that everybody knows, of types that are something else.
const SHADOWS: [(&str, &str); 8] = [
    ("type u32 = std::string::String;", "u32"),
    ("type u64 = Vec<u8>;", "[u64; 4]"),
    ("struct u8(Box<i8>);", "u8"),
    ("struct AtomicU32(*const i8);", "AtomicU32"),
    ("struct Wrapping<T>(Vec<T>);", "Wrapping<i8>"),
    ("struct PhantomData<T>(T);", "PhantomData<i8>"),
    ("struct MaybeUninit<T>(&'static T);", "MaybeUninit<i8>"),
    ("mod core { pub mod primitive { pub type u8 = String; } }", "core::primitive::u8"),
];

/// A definition with a mistake.
pub(crate) fn refused(generator: &mut Generator, number: usize) -> Refused {
    let ident = format!("R{number}");
    let (mut text, words) = match generator.rng.u32(0..100) {
        0..56 => bad_field(generator, &ident),
        56..72 => bad_repr(generator, &ident),
        72..79 => with_drop(generator, &ident),
        79..82 => padded(generator, &ident),
        82..85 => {
            let (shadow, ty) = generator.pick(&SHADOWS);
            let text = format!(
                "const _: () = {{ {shadow}\n#[derive(ShmSafe)]\n#[repr(C)]\nstruct {ident} {{ a: {ty} }} }};\n"
            );
            (text, FIELD)
        }
        85..88 => {
            let ty = bad_type(generator, None);
            let text = format!(
                "macro_rules! r{number} {{ ($t:ty) => {{\n#[derive(ShmSafe)]\n#[repr(C)]\npub struct {ident} {{ pub a: u8, pub \
                 b: [$t; 2] }} }} }}\nr{number}!({ty});\n"
            );
            (text, FIELD)
        }
        _ => {
            let (text, words) = generator.pick(&WHOLE);
            (format!("#[derive(ShmSafe)]\n{}\n", text.replace('@', &number.to_string())), words)
        }
    };
    let mut quiet_from = None;
    let is_plain =
        text.contains(&format!("pub struct {ident} ")) || text.contains(&format!("pub enum {ident} "));
    if is_plain && !is_of_one_thread(&text) && generator.chance(25) {
        quiet_from = Some(text.lines().count());
        text += &format!(
            "#[derive(ShmSafe)]\n#[repr(C)]\npub struct Outer{number} {{ a: {ident}, b: [{ident}; 2] }}\n\
             pub const SIZE{number}: usize = <Outer{number} as ShmSafe>::LAYOUT.size;\n"
        );
    }
    Refused { text, words, quiet_from, lines: 0..0, errors: Vec::new() }
}

/// Whether the type may lack `Send`, `Sync` or `Sized`, which rustc knows whatever the derive says: whoever uses it then
/// sees an error too.
fn is_of_one_thread(text: &str) -> bool {
    const SIGNS: [&str; 9] =
        ["*const", "*mut", "Rc<", "Cell", "NonNull", "dyn", "Pointer", "[u8] }", "str }"];
    text.contains("macro_rules") || SIGNS.iter().any(|sign| text.contains(sign))
}

fn bad_type(generator: &mut Generator, def: Option<&Def>) -> String {
    let parameter = def.and_then(|def| def.type_params.first()).map_or("u16", |name| name.as_str());
    let mut ty = generator.pick(&TYPES).replace("{}", parameter);
    for _ in 0..3 {
        if generator.chance(70) {
            break;
        }
        ty = match generator.rng.u32(0..6) {
            0..2 => format!("[{ty}; {}]", generator.rng.usize(0..5)),
            2 => format!("Wrapping<{ty}>"),
            3 => format!("MaybeUninit<{ty}>"),
            4 => format!("Option<{ty}>"),
            _ => {
                let generic = generator
                    .defs
                    .iter()
                    .filter(|def| def.type_params.len() == 1 && def.const_params.is_empty());
                let generic: Vec<_> = generic.map(|def| def.ident.clone()).collect();
                if generic.is_empty() { ty } else { format!("{}<{ty}>", generator.pick(&generic)) }
            }
        };
    }
    ty
}

/// An accepted definition with one field more.
fn bad_field(generator: &mut Generator, ident: &str) -> (String, &'static [&'static str]) {
    let mut def = generator.def(ident);
    while def.repr.is_transparent {
        def = generator.def(ident);
    }
    let text = bad_type(generator, Some(&def));
    let field =
        Field { member: "refused".to_owned(), name: String::new(), is_renamed: false, ty: Ty::Unit, text };
    let (shape, fields) = match &mut def.body {
        Body::Struct(shape, fields) => (shape, fields),
        Body::Enum(variants) => {
            let index = generator.rng.usize(0..variants.len());
            let variant = &mut variants[index];
            (&mut variant.shape, &mut variant.fields)
        }
    };
    if *shape == Shape::Unit {
        *shape = Shape::Tuple;
    }
    fields.insert(generator.rng.usize(0..=fields.len()), field);
    (source::def(&def), FIELD)
}

/// An accepted definition under another representation.
fn bad_repr(generator: &mut Generator, ident: &str) -> (String, &'static [&'static str]) {
    const FOR_STRUCTS: [(&[&str], &[&str]); 17] = [
        (&[], LAYOUT),
        (&["#[repr(Rust)]"], LAYOUT),
        (&["#[repr(align(8))]"], LAYOUT),
        (&["#[repr(u8)]"], LAYOUT),
        (&["#[repr(C, u8)]"], LAYOUT),
        (&["#[repr(C)]", "#[repr(i32)]"], LAYOUT),
        (&["#[repr(C, packed)]"], &["`packed` cannot live"]),
        (&["#[repr(C, packed(2))]"], &["`packed` cannot live"]),
        (&["#[repr(packed(1), C)]"], &["`packed` cannot live"]),
        (&["#[repr(packed)]"], &["`packed` cannot live"]),
        (&["#[repr(C)]", "#[repr(packed(8))]"], &["`packed` cannot live"]),
        (&["#[repr(C, align(8192))]"], &["is more than 4096"]),
        (&["#[repr(C, align(4), align(0x4000))]"], &["is more than 4096"]),
        (&["#[repr(C)]", "#[repr(align(536870912))]"], &["is more than 4096"]),
        (&["#[repr(C, align(12))]"], &["E0589"]),
        (&["#[repr(C, transparent)]"], &["E0692"]),
        (&["#[repr(C, simd)]"], LAYOUT),
    ];
    const FOR_ENUMS: [(&[&str], &[&str]); 9] = [
        (&[], LAYOUT),
        (&["#[repr(Rust)]"], LAYOUT),
        (&["#[repr(align(8))]"], LAYOUT),
        (&["#[repr(u8, packed)]"], &["`packed` cannot live"]),
        (&["#[repr(u8, align(8192))]"], &["is more than 4096"]),
        (&["#[repr(C)]", "#[repr(align(0x1_0000))]"], &["is more than 4096"]),
        (&["#[repr(u64, i64)]"], &["E0566"]),
        (&["#[repr(C, transparent)]"], &["E0692"]),
        (&["#[repr(f32)]"], LAYOUT),
    ];
    let mut def = generator.def(ident);
    let (lines, words) = match &def.body {
        Body::Struct(..) => generator.pick(&FOR_STRUCTS),
        Body::Enum(_) => generator.pick(&FOR_ENUMS),
    };
    def.repr = Repr { lines: lines.iter().map(|&line| line.to_owned()).collect(), ..Repr::default() };
    (source::def(&def), words)
}

/// An accepted definition, and an `impl Drop` for it.
fn with_drop(generator: &mut Generator, ident: &str) -> (String, &'static [&'static str]) {
    let def = generator.def(ident);
    let mut declared: Vec<String> = def.type_params.clone();
    declared.extend(def.const_params.iter().map(|name| format!("const {name}: usize")));
    let mut used = def.type_params.clone();
    used.extend(def.const_params.iter().cloned());
    let list =
        |list: &[String]| if list.is_empty() { String::new() } else { format!("<{}>", list.join(", ")) };
    let text = format!(
        "{}impl{} Drop for {ident}{} {{ fn drop(&mut self) {{}} }}\n",
        source::def(&def),
        list(&declared),
        list(&used)
    );
    (text, &["E0119"])
}

/// An accepted struct with padding, which is denied.
fn padded(generator: &mut Generator, ident: &str) -> (String, &'static [&'static str]) {
    loop {
        let mut def = generator.def(ident);
        if def.is_generic() || !matches!(def.body, Body::Struct(..)) {
            continue;
        }
        generator.defs.push(def.clone());
        let ty = Ty::Def(generator.defs.len() - 1, Vec::new(), Vec::new());
        let has_padding = Model { defs: &generator.defs }.has_padding(&ty);
        generator.defs.pop();
        if has_padding {
            def.settings.push("deny_padding".to_owned());
            return (source::def(&def), &["of padding"]);
        }
    }
}

impl Refused {
    /// What is wrong with the errors that it got.
    pub(crate) fn complaint(&self) -> Option<String> {
        let has_words =
            self.errors.iter().any(|error| self.words.iter().any(|words| error.text.contains(words)));
        if !has_words {
            let all: Vec<_> = self.errors.iter().map(|error| error.rendered.as_str()).collect();
            return Some(format!(
                "refused for another reason than {:?}:\n{}{}",
                self.words,
                self.text,
                all.concat()
            ));
        }
        let quiet = self.lines.start + self.quiet_from?;
        let follow_up = self.errors.iter().find(|error| error.lines.iter().all(|line| *line >= quiet))?;
        Some(format!("an error that only follows from another:\n{}{}", self.text, follow_up.rendered))
    }
}
