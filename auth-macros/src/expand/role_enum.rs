use proc_macro2::TokenStream;
use quote::quote;

use crate::model::RoleEnum;

/// `impl Role`: four tables with one row per variant, and the row of each variant.
pub(crate) fn role_enum(support: &TokenStream, role_enum: &RoleEnum) -> TokenStream {
    let RoleEnum {
        ident,
        variants,
        names,
        closure,
        castable,
    } = role_enum;
    if !castable {
        return stand_in(support, role_enum);
    }
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let bits = 0u32..;
    let arms = idents.iter().zip(bits).map(|(ident, bit)| quote!(Self::#ident => #bit));
    let allow = variants
        .iter()
        .any(|variant| variant.deprecated)
        .then(|| quote!(#[allow(deprecated)]));
    quote! {
        #allow
        #[automatically_derived]
        impl #support::Role for #ident {
            const ALL: &'static [Self] = &[#(Self::#idents),*];
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
            const INCLUDES: &'static [#support::RoleSet] = &[#(#support::RoleSet::from_bits(#closure)),*];
            const DISCRIMINANTS: &'static [::core::primitive::i128] = &[#(Self::#idents as ::core::primitive::i128),*];

            fn bit(self) -> ::core::primitive::u32 {
                match self {
                    #(#arms),*
                }
            }
        }
    }
}

/// An enum whose variants have data is reported. So that its uses are not reported as well, it is a
/// role enum without roles until then.
fn stand_in(support: &TokenStream, role_enum: &RoleEnum) -> TokenStream {
    let ident = &role_enum.ident;
    quote! {
        #[automatically_derived]
        impl #support::Role for #ident {
            const ALL: &'static [Self] = &[];
            const NAMES: &'static [&'static ::core::primitive::str] = &[];
            const INCLUDES: &'static [#support::RoleSet] = &[];
            const DISCRIMINANTS: &'static [::core::primitive::i128] = &[];

            fn bit(self) -> ::core::primitive::u32 {
                ::core::primitive::u32::MAX
            }
        }
    }
}
