//! Files: the atomic writer, caches, and the one editor of the AWS files.
