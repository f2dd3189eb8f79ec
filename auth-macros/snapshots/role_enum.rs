#[automatically_derived]
impl ::auth_core::macro_support::Role for AppRole {
    const ALL: &'static [Self] = &[Self::Admin, Self::Editor];
    const NAMES: &'static [&'static str] = &["admin", "editor"];
    const INCLUDES: &'static [::auth_core::macro_support::RoleSet] = &[
        ::auth_core::macro_support::RoleSet::from_bits(3u64),
        ::auth_core::macro_support::RoleSet::from_bits(2u64),
    ];
    const DISCRIMINANTS: &'static [i128] = &[Self::Admin as i128, Self::Editor as i128];
    fn bit(self) -> u32 {
        match self {
            Self::Admin => 0u32,
            Self::Editor => 1u32,
        }
    }
}
