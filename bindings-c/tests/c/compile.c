/* compile FILES… -o BUNDLE, for tests that need no more of the command line. */
#include <stdio.h>
#include <string.h>

#include <wardline.h>

int main(int argc, char **argv) {
  static wardline_source sources[128];
  wardline_compiled *compiled = NULL;
  wardline_diagnostic one;
  wardline_bytes bundle;
  size_t index, count;
  FILE *file;
  if (argc < 5 || argc > 4 + 128 || strcmp(argv[1], "compile") != 0) return 2;
  count = (size_t)argc - 4;
  for (index = 0; index < count; index++) {
    wardline_init(&sources[index], sizeof sources[index]);
    sources[index].name = wardline_string(argv[index + 2]);
  }
  if (wardline_compile(sources, count, NULL, 0, &compiled) != WARDLINE_STATUS_OK || wardline_compiled_bundle(compiled, &bundle) != WARDLINE_STATUS_OK) {
    wardline_init(&one, sizeof one);
    for (index = 0; wardline_compiled_diagnostic(compiled, index, &one) == WARDLINE_STATUS_OK; index++)
      fprintf(stderr, "%.*s\n", (int)one.text.length, one.text.data);
    return 1;
  }
  file = fopen(argv[argc - 1], "wb");
  if (file == NULL || fwrite(bundle.data, 1, bundle.length, file) != bundle.length || fclose(file) != 0) return 1;
  return wardline_compiled_free(compiled) == WARDLINE_STATUS_OK ? 0 : 1;
}
