/* empty: meson wants a source for what is linked of libraries alone. */
typedef int empty_file;
