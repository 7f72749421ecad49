//! Which part of a type is blamed, and what is said.

use syn::parse::Parser;

use super::{Certainty, wording};
use crate::parse::Field;

fn blamed(declaration: &str) -> Option<(Certainty, String, String)> {
    let field = syn::Field::parse_named.parse_str(declaration).expect("the field parses");
    let ident = field.ident.expect("the field is named");
    let field = Field {
        member: syn::Member::Named(ident),
        name: crate::parse::LayoutName { value: String::new(), given: None },
        ty: field.ty,
    };
    let itself = syn::parse_str("Node").expect("the name parses");
    wording(&field, None, &itself).map(|(certainty, wording)| (certainty, wording.message, wording.cure))
}

#[test]
fn plain_types_are_not_suspect() {
    for plain in ["a: u8", "a: [AtomicU32; 4]", "a: Foo<Bar>", "a: ()", "a: T::Item", "a: my::Vector<u8>"] {
        assert_eq!(blamed(plain), None, "{plain}");
    }
}

#[test]
fn the_cure_uses_the_names_of_the_field_and_its_arguments() {
    let (_, message, cure) = blamed("bars: Vec<Bar>").expect("a Vec is suspect");
    assert_eq!(
        message,
        "field `bars` cannot live in shared memory: `Vec<Bar>` keeps its contents on the heap of one process"
    );
    assert!(cure.starts_with("write `bars: ShmVec<Bar, N>`"), "{cure}");
}

#[test]
fn the_cure_of_a_part_does_not_name_the_field() {
    let (_, _, cure) = blamed("bars: [Vec<Bar>; 4]").expect("a Vec is suspect");
    assert!(cure.starts_with("write `ShmVec<Bar, N>`"), "{cure}");
}

#[test]
fn a_worse_part_inside_a_layout_that_is_not_fixed_is_blamed() {
    let (_, message, _) = blamed("a: Option<(u8, std::rc::Rc<u8>)>").expect("an Rc is suspect");
    assert!(message.contains("`std::rc::Rc<u8>` keeps its contents"), "{message}");
}

#[test]
fn the_outermost_of_two_bad_types_is_blamed() {
    let (_, message, _) = blamed("a: Mutex<Vec<u8>>").expect("a Mutex is suspect");
    assert!(message.contains("`Mutex<Vec<u8>>` is a lock"), "{message}");
}

#[test]
fn the_cure_of_a_recursive_type_is_no_value_of_itself() {
    for recursive in ["a: Box<Node>", "a: Option<Rc<Self>>", "a: Arc<[Node; 2]>"] {
        let (_, _, cure) = blamed(recursive).expect("the type is suspect");
        assert!(cure.contains("heap::Handle<"), "{cure}");
        assert!(!cure.contains("itself"), "{cure}");
    }
}

#[test]
fn only_forms_that_cannot_be_asked_are_definite() {
    let certainty = |declaration| blamed(declaration).expect("the type is suspect").0;
    for definite in ["a: [u8]", "a: str", "a: dyn Fn()", "a: &u8", "a: Box<&str>"] {
        assert!(certainty(definite) == Certainty::Definite, "{definite}");
    }
    for asked in ["a: Box<[u8]>", "a: &'static str", "a: fn(&str)", "a: Path", "a: Box<dyn Fn(&u8)>"] {
        assert!(certainty(asked) == Certainty::OnlyIfNotShmSafe, "{asked}");
    }
}
