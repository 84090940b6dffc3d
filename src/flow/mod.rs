//! Use-cases: sign in, discover, obtain, materialise, refresh — one path for the switcher and the commands.
