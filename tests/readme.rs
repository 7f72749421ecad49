//! What the README says a compiler says is what it says: the program and the error there are those of a UI case.

const README: &str = include_str!("../README.md");
const PROGRAM: &str = include_str!("ui/refused/readme/vec_in_field.rs");
const ERROR: &str = include_str!("ui/refused/readme/vec_in_field.stderr");

/// The lines without those that only the compiler, or the harness of the UI cases, reads.
fn shown(program: &str) -> String {
    let program = program.strip_suffix("\nfn main() {}\n").unwrap_or(program);
    let lines: Vec<&str> = program.lines().filter(|line| !line.trim_start().starts_with("//~")).collect();
    lines.join("\n") + "\n"
}

#[test]
fn readme_shows_a_program_that_is_refused_and_the_words_for_it() {
    let program = format!("```rust,compile_fail\n{}```\n", shown(PROGRAM));
    assert!(README.contains(&program), "the README does not have this program:\n{program}");
    let error = ERROR.replace("ui/refused/readme/vec_in_field.rs", "src/main.rs");
    assert!(
        README.contains(&format!("```text\n{error}```\n")),
        "the README does not have these words:\n{error}"
    );
}
