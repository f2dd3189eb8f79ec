//! Rules as one would explain them, without a thought of speed: what the library's are held
//! against.

/// A rule over four roles and a policy.
#[derive(Clone, Debug)]
pub enum Naive {
    Role(u32),
    Policy,
    Any(Vec<Naive>),
    All(Vec<Naive>),
    Not(Box<Naive>),
}

impl Naive {
    /// Whether a user with the roles `held` passes. `None` if that depends on the policy, and its
    /// answer is not known.
    pub fn passes(&self, held: u64, policy: Option<bool>) -> Option<bool> {
        let answers =
            |rules: &[Naive]| -> Vec<Option<bool>> { rules.iter().map(|rule| rule.passes(held, policy)).collect() };
        match self {
            Naive::Role(bit) => Some(held >> bit & 1 == 1),
            Naive::Policy => policy,
            Naive::Not(rule) => rule.passes(held, policy).map(|passes| !passes),
            Naive::Any(rules) => {
                let answers = answers(rules);
                if answers.contains(&Some(true)) {
                    Some(true)
                } else if answers.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Naive::All(rules) => {
                let answers = answers(rules);
                if answers.contains(&Some(false)) {
                    Some(false)
                } else if answers.contains(&None) {
                    None
                } else {
                    Some(true)
                }
            }
        }
    }

    /// Reads a rule as written in the attribute, or as the library prints it. The last letter of a
    /// role names it, and a list of several terms is `any` of them.
    pub fn read(text: &str) -> Naive {
        let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let mut rest = text.as_str();
        let terms = list(&mut rest);
        assert_eq!(rest, "", "all of `{text}` is read");
        Naive::Any(terms)
    }
}

/// The terms up to a closing parenthesis or the end.
fn list(rest: &mut &str) -> Vec<Naive> {
    let mut terms = Vec::new();
    while !rest.is_empty() && !rest.starts_with(')') {
        terms.push(term(rest));
        *rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    terms
}

fn term(rest: &mut &str) -> Naive {
    let end = rest.find(['(', ')', ',']).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    let Some(inside) = rest.strip_prefix('(') else {
        let letter = word.chars().next_back().map(|letter| letter.to_ascii_lowercase());
        let bit = letter
            .and_then(|letter| "abcd".find(letter))
            .unwrap_or_else(|| panic!("no role: {word}"));
        return Naive::Role(u32::try_from(bit).unwrap_or(0));
    };
    *rest = inside;
    let mut terms = list(rest);
    *rest = rest.strip_prefix(')').unwrap_or_else(|| panic!("not closed: {rest}"));
    match word {
        "any" => Naive::Any(terms),
        "all" => Naive::All(terms),
        "not" => Naive::Not(Box::new(terms.remove(0))),
        "policy" => Naive::Policy,
        _ => panic!("no such word: {word}"),
    }
}
