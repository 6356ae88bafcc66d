/* Of a library with a planted panic: it becomes a status, and the process goes on. */
#include <stdio.h>

#include <wardline.h>

int main(void) {
  static const char policy[] =
      "{\"wardline\":1,\"kind\":\"host\",\"name\":\"p\",\"platform\":\"linux\",\"mode\":\"enforce\",\"controls\":"
      "{\"executables_blocked\":{\"executables\":[\"nc\"]}}}";
  wardline_source source;
  wardline_compiled *compiled = NULL;
  wardline_bytes bundle;
  wardline_engine *engine = NULL;
  wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
  int round;
  wardline_init(&source, sizeof source);
  source.name = wardline_string("p.json");
  source.text = wardline_string(policy);
  if (wardline_compile(&source, 1, NULL, 0, &compiled) != WARDLINE_STATUS_OK) return 1;
  if (wardline_compiled_bundle(compiled, &bundle) != WARDLINE_STATUS_OK) return 2;
  if (wardline_engine_load(bundle, NULL, &engine, NULL, 0) != WARDLINE_STATUS_OK) return 3;
  for (round = 0; round < 3; round++) {
    wardline_decision decision = wardline_decision_none();
    event.of.exec.path = wardline_string("/planted/panic");
    if (wardline_engine_decide(engine, NULL, &event, &decision) != WARDLINE_STATUS_INTERNAL) return 4;
    if (decision.action != 0) return 5;
    event.of.exec.path = wardline_string("/bin/nc");
    if (wardline_engine_decide(engine, NULL, &event, &decision) != WARDLINE_STATUS_OK) return 6;
    if (decision.action != WARDLINE_ACTION_BLOCK) return 7;
  }
  wardline_engine_free(engine);
  wardline_compiled_free(compiled);
  puts("panic: it does not cross");
  return 0;
}
