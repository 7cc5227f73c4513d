"""The only code that speaks MongoDB: takes and returns domain structs, never documents."""
