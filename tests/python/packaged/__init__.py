"""The packaged programs as a user meets them: real servers, the embedded supervisor, a home of their own."""
