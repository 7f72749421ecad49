//! Tables, row for row: nested types, holes, cache lines, and layouts that no table can show in full.

use proptest::prelude::*;

use super::super::test_trees::*;
use super::MAX_ROWS;
use crate::layout::{Field, Kind, Primitive, TypeLayout};

fn inner() -> &'static TypeLayout {
    kept(struct_of("Inner", 16, 8, kept_list(vec![field("x", 0, U8), field("y", 8, U64)])))
}

fn event() -> TypeLayout {
    let to = kept_list(vec![field("to", 8, inner())]);
    let key = kept_list(vec![field("0", 4, U32)]);
    let variants = vec![variant("Empty", 0, &[]), variant("Move", 1, to), variant("Key", -3, key)];
    enum_of("Event", 24, 8, Primitive::U8, kept_list(variants))
}

fn opaque() -> TypeLayout {
    let fields = kept_list(vec![field("value", 8, U32)]);
    TypeLayout { name: "Lock", size: 16, align: 8, kind: Kind::Opaque { version: 1, fields } }
}

fn struct_with(size: usize, align: usize, fields: Vec<Field>) -> TypeLayout {
    struct_of("S", size, align, kept_list(fields))
}

#[test]
fn nested_structs_are_unfolded_and_arrays_and_opaque_types_are_not() {
    let layout = struct_with(
        64,
        8,
        vec![field("a", 0, inner()), field("b", 16, kept(array(inner(), 2))), field("c", 48, kept(opaque()))],
    );
    assert_eq!(
        layout.to_string(),
        "\
struct S
  offset    size  type                 field
       0      16  Inner                a
       0       1    u8                 x
       1       7                       -- hole --
       8       8    u64                y
      16      32  [Inner; 2]           b
      48      16  Lock                 c
size 64, align 8, 7 bytes in 1 hole, 1 cache line"
    );
}

#[test]
fn enum_shows_each_variant_and_sums_up_no_hole_of_them() {
    assert_eq!(
        event().to_string(),
        "\
enum Event
  offset    size  type                 field
       0       1  u8                   (tag)
                  Empty = 0:
                  Move = 1:
       1       7                       -- hole --
       8      16    Inner              to
       8       1      u8               x
       9       7                       -- hole --
      16       8      u64              y
                  Key = -3:
       1       3                       -- hole --
       4       4    u32                0
       8      16                       -- hole --
size 24, align 8, 1 cache line"
    );
}

#[test]
fn each_variant_begins_its_cache_lines_anew() {
    let layout =
        struct_with(88, 8, vec![field("head", 0, kept(array(U64, 7))), field("event", 56, kept(event()))]);
    assert_eq!(
        layout.to_string(),
        "\
struct S
  offset    size  type                 field
       0      56  [u64; 7]             head
      56      24  Event                event
      56       1    u8                 (tag)
                    Empty = 0:
                    Move = 1:
      57       7                       -- hole --
  ------- cache line 1 -------
      64      16      Inner            to
      64       1        u8             x
      65       7                       -- hole --
      72       8        u64            y
                    Key = -3:
      57       3                       -- hole --
      60       4      u32              0
  ------- cache line 1 -------
      64      16                       -- hole --
      80       8                       -- hole --
size 88, align 8, 8 bytes in 1 hole, 2 cache lines"
    );
}

#[test]
fn bytes_between_the_parts_of_an_opaque_type_are_private_and_no_holes() {
    assert_eq!(
        opaque().to_string(),
        "\
opaque Lock
  offset    size  type                 field
       0       8                       -- private --
       8       4  u32                  value
      12       4                       -- private --
size 16, align 8, 1 cache line"
    );
}

#[test]
fn borders_stand_where_a_row_begins_a_cache_line() {
    let fields = vec![field("a", 0, U64), field("b", 8, kept(array(U8, 100))), field("c", 128, U64)];
    assert_eq!(
        struct_with(192, 64, fields).to_string(),
        "\
struct S
  offset    size  type                 field
       0       8  u64                  a
       8     100  [u8; 100]            b
  ------- cache line 1, begun 44 bytes before -------
     108      20                       -- hole --
  ------- cache line 2 -------
     128       8  u64                  c
     136      56                       -- hole --
size 192, align 64, 76 bytes in 2 holes, 3 cache lines"
    );
}

#[test]
fn fields_in_another_order_than_their_offsets_make_no_hole() {
    let layout = struct_with(8, 8, vec![field("z", 8, UNIT), field("a", 0, U64), field("first", 0, UNIT)]);
    assert_eq!(
        layout.to_string(),
        "\
struct S
  offset    size  type                 field
       0       8  u64                  a
       0       0  ()                   first
       8       0  ()                   z
size 8, align 8, 1 cache line"
    );
}

#[test]
fn types_without_a_size_have_no_cache_line() {
    assert_eq!(
        UNIT.to_string(),
        "struct ()\n  offset    size  type                 field\nsize 0, align 1, 0 cache lines"
    );
    let layout = struct_with(0, 4, vec![field("none", 0, kept(array(U32, 0)))]);
    assert_eq!(
        layout.to_string(),
        "\
struct S
  offset    size  type                 field
       0       0  [u32; 0]             none
size 0, align 4, 0 cache lines"
    );
}

#[test]
fn page_alignment_is_one_hole() {
    assert_eq!(
        struct_with(4096, 4096, vec![field("a", 0, U64)]).to_string(),
        "\
struct S
  offset    size  type                 field
       0       8  u64                  a
       8    4088                       -- hole --
size 4096, align 4096, 4088 bytes in 1 hole, 64 cache lines"
    );
}

#[test]
fn long_names_push_the_field_to_the_right() {
    let long = kept(struct_of("ANameLongerThanItsColumn", 1, 1, kept_list(vec![field("größe", 0, U8)])));
    assert_eq!(
        struct_with(1, 1, vec![field("a", 0, long)]).to_string(),
        "\
struct S
  offset    size  type                 field
       0       1  ANameLongerThanItsColumn a
       0       1    u8                 größe
size 1, align 1, 1 cache line"
    );
}

#[test]
fn table_of_an_exponential_layout_is_cut_and_says_so() {
    let layout = doubling(40, U8);
    // Twice by value, so that there are no arrays to hide them.
    let mut by_value = layout;
    for _ in 0..40 {
        let fields = vec![field("a", 0, by_value), field("b", by_value.size, by_value)];
        by_value = kept(struct_of("Twice", by_value.size, 1, kept_list(fields)));
    }
    let text = by_value.to_string();
    assert!(text.lines().count() < 2 * MAX_ROWS);
    let last: Vec<_> = text.lines().rev().take(2).collect();
    assert_eq!(last[1], "  … and more rows");
    assert!(last[0].starts_with("size ") && !last[0].contains("hole"), "{}", last[0]);
}

#[test]
fn table_of_just_the_greatest_number_of_rows_is_not_cut() {
    let fields = |count| (0..count).map(|offset| field("a", offset, U8)).collect();
    let text = struct_with(MAX_ROWS, 1, fields(MAX_ROWS)).to_string();
    assert!(!text.contains("more rows"));
    let text = struct_with(MAX_ROWS + 1, 1, fields(MAX_ROWS + 1)).to_string();
    assert!(text.contains("… and more rows"));
}

proptest! {
    #[test]
    fn no_tree_makes_the_table_panic(tree in trees()) {
        let text = tree.layout().to_string();
        prop_assert!(text.lines().count() >= 3);
    }

    #[test]
    fn rows_of_a_struct_cover_its_bytes_once(sizes in proptest::collection::vec(0_usize..70, 0..20), gap in 0_usize..9) {
        let mut fields = Vec::new();
        let mut end = 0;
        for size in sizes {
            fields.push(field("a", end + gap, kept(array(U8, size))));
            end += gap + size;
        }
        let text = struct_with(end + gap, 1, fields).to_string();
        let mut covered = 0;
        for row in text.lines().skip(2).filter(|line| !line.contains("---") || line.contains("-- hole")) {
            let mut numbers = row.split_whitespace().map_while(|word| word.parse::<usize>().ok());
            if let (Some(offset), Some(size)) = (numbers.next(), numbers.next()) {
                prop_assert_eq!(offset, covered);
                covered = offset + size;
            }
        }
        prop_assert_eq!(covered, end + gap);
    }
}
