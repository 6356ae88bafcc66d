/* compile FILE -o BUNDLE, for tests that need no more of the command line. */
#include <stdio.h>
#include <string.h>

#include <wardline.h>

int main(int argc, char **argv) {
  wardline_source source;
  wardline_compiled *compiled = NULL;
  wardline_diagnostic one;
  wardline_bytes bundle;
  size_t index;
  FILE *file;
  if (argc != 5 || strcmp(argv[1], "compile") != 0) return 2;
  wardline_init(&source, sizeof source);
  source.name = wardline_string(argv[2]);
  if (wardline_compile(&source, 1, NULL, 0, &compiled) != WARDLINE_STATUS_OK || wardline_compiled_bundle(compiled, &bundle) != WARDLINE_STATUS_OK) {
    wardline_init(&one, sizeof one);
    for (index = 0; wardline_compiled_diagnostic(compiled, index, &one) == WARDLINE_STATUS_OK; index++)
      fprintf(stderr, "%.*s\n", (int)one.text.length, one.text.data);
    return 1;
  }
  file = fopen(argv[4], "wb");
  if (file == NULL || fwrite(bundle.data, 1, bundle.length, file) != bundle.length || fclose(file) != 0) return 1;
  return wardline_compiled_free(compiled) == WARDLINE_STATUS_OK ? 0 : 1;
}
