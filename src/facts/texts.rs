//! The texts of one assertion that rules ask for, found in one walk over its metadata.

macro_rules! texts {
    ($($name:ident)*) => {
        /// What metadata of these names say of an assertion; of a name that comes twice, the first value.
        #[derive(Default)]
        pub(super) struct Texts<'g> {
            $(pub(super) $name: Option<&'g str>,)*
        }

        impl<'g> Texts<'g> {
            /// Takes the value of a name.
            pub(super) fn put(&mut self, name: &str, value: &'g str) {
                match name {
                    $(stringify!($name) => _ = self.$name.get_or_insert(value),)*
                    _ => {}
                }
            }
        }
    };
}

texts! {
    approved_by assertion_digest cand_key_digest candidate_id candidate_key candidate_kind derivation_id derivation_version
    derived_rule_id derived_rule_version entity_type ingest_key key_tuple_digest note raw_kind revoked_asrt_id run_id
    schema_digest source source_loc support_digest support_kind trace_id valid_from valid_to version
}
