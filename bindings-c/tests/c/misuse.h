/* What the program made by misuse.py stands on: right arguments, made anew before each
 * call, and what must hold after it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wardline.h>

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      fprintf(stderr, "%s, %s: %s\n", called, with, #condition);                    \
      exit(1);                                                                      \
    }                                                                               \
  } while (0)

static const char *called = "", *with = "";

static wardline_engine *engine, *out_engine;
static wardline_actor *actor, *out_actor;
static wardline_state *state, *out_state;
static wardline_shared *shared, *out_shared;
static wardline_compiled *compiled, *out_compiled;
static wardline_bytes bundle, path, line, saved, metadata, bytes_out;
static wardline_text text_out;
static wardline_binding binding;
static wardline_event event;
static wardline_decision decision;
static wardline_rule rule;
static wardline_policy_status policy_status;
static wardline_control_status control_status;
static wardline_quarantine quarantine;
static wardline_source source;
static wardline_list list;
static wardline_diagnostic diagnostic;
static wardline_engine_info engine_info;
static wardline_state_info state_info;
static wardline_process process;
static wardline_principal principal;
static wardline_pair pair;
static char text[1 << 16], saved_bytes[1 << 16], path_text[64];
static uint8_t seed[16], block[1 << 13];
static uint32_t number32, numbers[4];
static uint64_t number64;
static size_t number;
#ifdef __GNUC__
__attribute__((aligned(16)))
#endif
static char memory[1 << 15];

static const char policy[] =
    "{\"wardline\":1,\"kind\":\"host\",\"name\":\"p\",\"platform\":\"linux\",\"mode\":\"enforce\",\"lists\":"
    "{\"bad\":{\"file\":\"bad.txt\",\"format\":\"domains\"}},\"controls\":{\"executables_blocked\":"
    "{\"executables\":[\"nc\"]},\"dns_ip_reputation\":{\"lists\":[\"bad\"]}}}";

static void begin(const char *function, const char *misuse) {
  called = function;
  with = misuse;
  out_engine = NULL, out_actor = NULL, out_state = NULL, out_shared = NULL, out_compiled = NULL;
  wardline_init(&binding, sizeof binding);
  event = wardline_event_of(WARDLINE_KIND_EXEC);
  event.of.exec.path = wardline_string("/bin/nc");
  if (strstr(function, "audit") != NULL) {
    wardline_init(&decision, sizeof decision);
    decision.action = decision.intent = WARDLINE_ACTION_BLOCK;
    decision.reason = WARDLINE_REASON_MATCHED;
    decision.remediation = WARDLINE_REMEDIATION_NONE;
    decision.alert_rule = WARDLINE_NO_RULE;
  } else {
    decision = wardline_decision_none();
  }
  wardline_init(&rule, sizeof rule);
  wardline_init(&policy_status, sizeof policy_status);
  wardline_init(&control_status, sizeof control_status);
  wardline_init(&quarantine, sizeof quarantine);
  wardline_init(&diagnostic, sizeof diagnostic);
  wardline_init(&source, sizeof source);
  source.name = wardline_string("p.json");
  source.text = wardline_string(policy);
  wardline_init(&list, sizeof list);
  list.policy = wardline_string("p");
  list.name = wardline_string("bad");
  list.text = wardline_string("evil.example\n");
  memset(&process, 0, sizeof process);
  memset(&principal, 0, sizeof principal);
  pair.name = wardline_string("host.name");
  pair.value = wardline_string("web-1");
  line = wardline_string("{\"kind\":\"exec\",\"path\":\"/bin/nc\"}");
  path = wardline_string(path_text);
  metadata = wardline_string("{}");
  memset(block, 0, sizeof block);
}

/* The status is the promised one, or at least one of those there are; after a fault
 * no handle and no decision was written. */
static void end(wardline_status status, int wanted, int misused) {
  wardline_text is = wardline_status_text((uint32_t)status);
  int done = status == WARDLINE_STATUS_OK;
  if (wanted >= 0 && (int)status != wanted) {
    fprintf(stderr, "%s, %s: %.*s (%d), not %d\n", called, with, (int)is.length, is.data, (int)status, wanted);
    exit(1);
  }
  CHECK(is.length > 0 && !(is.length == 14 && memcmp(is.data, "unknown status", 14) == 0));
  CHECK(status != WARDLINE_STATUS_INTERNAL);
  CHECK(done || (out_engine == NULL && out_actor == NULL && out_state == NULL && out_shared == NULL));
  CHECK(done || status == WARDLINE_STATUS_REFUSED || out_compiled == NULL);
  if (!done && misused && strstr(called, "decide") != NULL) CHECK(decision.action == 0);
  CHECK(wardline_engine_free(out_engine) == WARDLINE_STATUS_OK);
  CHECK(wardline_actor_free(out_actor) == WARDLINE_STATUS_OK);
  CHECK(wardline_state_free(out_state) == WARDLINE_STATUS_OK);
  CHECK(wardline_shared_free(out_shared) == WARDLINE_STATUS_OK);
  CHECK(wardline_compiled_free(out_compiled) == WARDLINE_STATUS_OK);
}

static void set_up(void) {
  FILE *file;
  begin("set-up", "");
  CHECK(wardline_compile(&source, 1, &list, 1, &compiled) == WARDLINE_STATUS_OK);
  CHECK(wardline_compiled_bundle(compiled, &bundle) == WARDLINE_STATUS_OK);
  CHECK(wardline_engine_load(bundle, NULL, &engine, NULL, 0) == WARDLINE_STATUS_OK);
  CHECK(wardline_shared_load(bundle, NULL, &shared, NULL, 0) == WARDLINE_STATUS_OK);
  CHECK(wardline_engine_actor(engine, &process, &principal, NULL, 0, &actor) == WARDLINE_STATUS_OK);
  CHECK(wardline_state_new(1 << 15, 2, seed, &state) == WARDLINE_STATUS_OK);
  CHECK(wardline_state_save(state, saved_bytes, sizeof saved_bytes, &number) == WARDLINE_STATUS_OK);
  saved = wardline_bytes_of(saved_bytes, number);
  CHECK(wardline_engine_size() <= sizeof memory);
  strcpy(path_text, "misuse.wlb");
  file = fopen(path_text, "wb");
  CHECK(file != NULL && fwrite(bundle.data, 1, bundle.length, file) == bundle.length);
  CHECK(fclose(file) == 0);
}

static void tear_down(void) {
  CHECK(remove(path_text) == 0);
  CHECK(wardline_actor_free(actor) == WARDLINE_STATUS_OK);
  CHECK(wardline_engine_free(engine) == WARDLINE_STATUS_OK);
  CHECK(wardline_shared_free(shared) == WARDLINE_STATUS_OK);
  CHECK(wardline_state_free(state) == WARDLINE_STATUS_OK);
  CHECK(wardline_compiled_free(compiled) == WARDLINE_STATUS_OK);
}
