/* A program that uses all of the library: as C99 to C17 and C++11 to C++20, against
 * the installed package, under valgrind and sanitizers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wardline.h>

#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) {                                                      \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);        \
      exit(1);                                                               \
    }                                                                        \
  } while (0)
#define OK(call) CHECK((call) == WARDLINE_STATUS_OK)

static const char policy[] =
    "wardline: 1\n"
    "kind: host\n"
    "name: web\n"
    "platform: linux\n"
    "mode: enforce\n"
    "severity: high\n"
    "tags: [pci, web]\n"
    "controls:\n"
    "  file_block: { paths: [/etc/shadow], except_users: ['uid:0'] }\n"
    "  executables_blocked: { executables: [xmrig, '/tmp/**'] }\n"
    "  network_block: { domains: [.evil.example, b\xc3\xbc" "cher.example], networks: [203.0.113.0/24] }\n"
    "  brute_force_login_detection: { max_failures: 3, window: 1m, block_for: 1h }\n"
    "  dns_ip_reputation: { lists: [bad] }\n"
    "lists:\n"
    "  bad: { file: bad.txt, format: domains }\n";

static int is(wardline_text text, const char *wanted) {
  return text.length == strlen(wanted) && memcmp(text.data, wanted, text.length) == 0;
}

static wardline_compiled *compiled_from(const char *text, wardline_status wanted) {
  wardline_source source;
  wardline_list list;
  wardline_compiled *compiled = NULL;
  wardline_init(&source, sizeof source);
  source.name = wardline_string("web.yaml");
  source.text = wardline_string(text);
  wardline_init(&list, sizeof list);
  list.policy = wardline_string("web");
  list.name = wardline_string("bad");
  list.text = wardline_string("# a list\nphish.example\n");
  CHECK(wardline_compile(&source, 1, &list, 1, &compiled) == wanted);
  CHECK(compiled != NULL);
  return compiled;
}

static void diagnostics(void) {
  wardline_compiled *compiled = compiled_from(
      "wardline: 1\nkind: host\nname: web\nplatform: linux\nmode: enforce\n"
      "controls:\n  file_block: { pathz: [/a], users: [''] }\n",
      WARDLINE_STATUS_REFUSED);
  wardline_diagnostic one;
  wardline_bytes bundle;
  size_t length = 0, count = 0;
  char *json;
  wardline_init(&one, sizeof one);
  OK(wardline_compiled_diagnostic(compiled, 1, &one));
  CHECK(one.is_error && is(one.code, "unknown-key") && one.line == 7);
  CHECK(is(one.file, "web.yaml") && is(one.field, "controls.file_block.pathz"));
  CHECK(is(one.help, "did you mean `paths`?"));
  CHECK(is(one.url, "docs/errors.md#unknown-key"));
  while (wardline_compiled_diagnostic(compiled, count, &one) == WARDLINE_STATUS_OK) count++;
  CHECK(count >= 2);
  CHECK(wardline_compiled_bundle(compiled, &bundle) == WARDLINE_STATUS_REFUSED);
  CHECK(wardline_compiled_json(compiled, NULL, 0, &length) == WARDLINE_STATUS_BUFFER_TOO_SMALL);
  json = (char *)malloc(length + 1);
  CHECK(json != NULL);
  OK(wardline_compiled_json(compiled, json, length + 1, &length));
  CHECK(strlen(json) == length && strstr(json, "\"code\":\"unknown-key\"") != NULL);
  free(json);
  OK(wardline_compiled_free(compiled));
}

static wardline_decision decide(const wardline_engine *engine, const wardline_event *event) {
  wardline_decision decision = wardline_decision_none();
  OK(wardline_engine_decide(engine, NULL, event, &decision));
  return decision;
}

static void decisions(const wardline_engine *engine) {
  wardline_event event = wardline_event_of(WARDLINE_KIND_FILE);
  wardline_decision decision;
  wardline_rule rule;
  wardline_text tag;
  wardline_actor *actor = NULL;
  uint32_t numbers[4] = {9, 9, 9, 9}, knows = 9, scan = 9;
  size_t matched = 9, length = 0, index;
  char text[2048];
  wardline_bytes many[40];

  event.of.file.operation = WARDLINE_FILE_OPERATION_READ;
  event.of.file.path = wardline_string("/etc//./shadow");
  event.user.id = 33;
  event.user.has_id = 1;
  event.process.path = wardline_string("/usr/sbin/nginx");
  decision = decide(engine, &event);
  CHECK(decision.action == WARDLINE_ACTION_BLOCK && decision.reason == WARDLINE_REASON_MATCHED);
  CHECK(decision.matched == 1 && decision.code == 0 && decision.generation == 42);

  wardline_init(&rule, sizeof rule);
  OK(wardline_engine_rule(engine, decision.rule, &rule));
  CHECK(is(rule.policy, "web") && is(rule.control_name, "file_block"));
  CHECK(rule.control == WARDLINE_CONTROL_FILE_BLOCK && rule.kind == WARDLINE_KIND_FILE);
  CHECK(rule.severity == WARDLINE_SEVERITY_HIGH && rule.can_block);
  OK(wardline_engine_rule_tag(engine, decision.rule, 1, &tag));
  CHECK(is(tag, "web"));
  CHECK(wardline_engine_rule_tag(engine, decision.rule, 2, &tag) == WARDLINE_STATUS_NOT_FOUND);
  CHECK(wardline_engine_rule(engine, WARDLINE_NO_RULE, &rule) == WARDLINE_STATUS_NOT_FOUND);

  OK(wardline_engine_matches(engine, &event, numbers, 4, &matched));
  CHECK(matched == 1 && numbers[0] == decision.rule);
  OK(wardline_engine_explain(engine, &event, text, sizeof text, &length));
  CHECK(strlen(text) == length && strstr(text, "\"text\":\"/etc/shadow\",\"file\":\"web.yaml\",\"line\":9") != NULL);
  {
    wardline_pair target;
    target.name = wardline_string("host.name");
    target.value = wardline_string("web-1");
    OK(wardline_engine_audit(engine, &event, &decision, &target, 1, wardline_string("{\"id\":7}"), text, sizeof text, &length));
    CHECK(strstr(text, "\"metadata\":{\"id\":7},\"target\":{\"host.name\":\"web-1\"}") != NULL);
    CHECK(strstr(text, "\"path\":\"/etc//./shadow\"") != NULL);
    OK(wardline_engine_status(engine, &target, 1, 7, text, sizeof text, &length));
    CHECK(strstr(text, "\"type\":\"status\",\"time\":7") != NULL);
    CHECK(wardline_engine_status(engine, &target, 1, 7, text, 10, &length) == WARDLINE_STATUS_BUFFER_TOO_SMALL);
    CHECK(strlen(text) == 9 && length > 100);
  }

  /* Root is excepted; with an actor as without. */
  event.user.id = 0;
  CHECK(decide(engine, &event).action == WARDLINE_ACTION_ALLOW);
  OK(wardline_engine_actor(engine, &event.process, &event.user, NULL, 0, &actor));
  OK(wardline_engine_knows(engine, actor, &knows));
  CHECK(knows == 1);
  event.actor = actor;
  CHECK(decide(engine, &event).action == WARDLINE_ACTION_ALLOW);
  event.actor = NULL;
  OK(wardline_actor_free(actor));
  OK(wardline_engine_should_scan(engine, wardline_string("/a"), NULL, &scan));
  CHECK(scan == 0);

  /* What cannot be understood is decided, not an error. */
  event.user.id = 33;
  event.of.file.path = wardline_string("/etc/../etc/shadow");
  decision = decide(engine, &event);
  CHECK(decision.action == WARDLINE_ACTION_BLOCK && decision.code == WARDLINE_INVALID_PATH_DOT_DOT);
  event = wardline_event_of(77);
  CHECK(decide(engine, &event).code == WARDLINE_INVALID_UNKNOWN_KIND);
  event = wardline_event_of(WARDLINE_KIND_EXEC);
  CHECK(decide(engine, &event).code == WARDLINE_INVALID_MISSING_FIELD);

  /* Arguments, more than there is room for on the stack. */
  event.of.exec.path = wardline_string("/tmp/x");
  for (index = 0; index < 40; index++) many[index] = wardline_string("-v");
  event.of.exec.argv.data = many;
  event.of.exec.argv.count = 40;
  CHECK(decide(engine, &event).action == WARDLINE_ACTION_BLOCK);
  event.of.exec.path = wardline_string("/usr/bin/vi");
  event.of.exec.aliases.data = many;
  event.of.exec.aliases.count = 1;
  many[0] = wardline_string("/opt/xmrig");
  CHECK(decide(engine, &event).action == WARDLINE_ACTION_BLOCK);

  /* Names are mapped, addresses come in any form. */
  event = wardline_event_of(WARDLINE_KIND_DNS);
  event.of.dns.name = wardline_string("B\xc3\x9c" "CHER.example");
  CHECK(decide(engine, &event).action == WARDLINE_ACTION_BLOCK);
  event.of.dns.name = wardline_string("phish.example");
  CHECK(decide(engine, &event).action == WARDLINE_ACTION_BLOCK);
  event = wardline_event_of(WARDLINE_KIND_NETWORK);
  event.of.network.direction = WARDLINE_DIRECTION_OUTBOUND;
  event.of.network.ip.form = WARDLINE_ADDRESS_FORM_V4;
  memcpy(event.of.network.ip.bytes, "\xcb\x00\x71\x09", 4);
  CHECK(decide(engine, &event).action == WARDLINE_ACTION_BLOCK);
  event.of.network.ip.form = WARDLINE_ADDRESS_FORM_TEXT;
  event.of.network.ip.text = wardline_string("203.0.113.7");
  CHECK(decide(engine, &event).action == WARDLINE_ACTION_BLOCK);

  {
    wardline_decision json = wardline_decision_none();
    OK(wardline_engine_decide_json(engine, NULL, wardline_string("{\"kind\":\"exec\",\"path\":\"/tmp/x\"}"), &json));
    CHECK(json.action == WARDLINE_ACTION_BLOCK);
  }
}

static void statuses(const wardline_engine *engine) {
  wardline_policy_status policies;
  wardline_control_status control;
  wardline_engine_info info;
  size_t controls = 0;
  wardline_init(&policies, sizeof policies);
  OK(wardline_engine_policy_status(engine, 0, &policies));
  CHECK(is(policies.policy, "web") && policies.applies && policies.enforcement == WARDLINE_ENFORCEMENT_PARTIAL);
  CHECK(wardline_engine_policy_status(engine, 1, &policies) == WARDLINE_STATUS_NOT_FOUND);
  wardline_init(&control, sizeof control);
  while (wardline_engine_control_status(engine, controls, &control) == WARDLINE_STATUS_OK) {
    if (control.control == WARDLINE_CONTROL_NETWORK_BLOCK) {
      CHECK(control.enforcement == WARDLINE_ENFORCEMENT_NONE);
      CHECK(control.lacking == ((1u << WARDLINE_KIND_NETWORK) | (1u << WARDLINE_KIND_DNS)));
    }
    controls++;
  }
  CHECK(controls == 5);
  OK(wardline_engine_describe(engine, &info));
  CHECK(info.generation == 42 && !info.windows && info.needs_state && info.rules >= 5);
}

static void over_time(const wardline_engine *engine) {
  wardline_state *state = NULL, *restored = NULL;
  wardline_state_info info;
  wardline_event event = wardline_event_of(WARDLINE_KIND_LOGIN);
  wardline_decision decisions[4];
  wardline_event events[4];
  uint8_t seed[16] = {7};
  size_t index, done = 0, length = 0, gone = 9;
  char *saved;
  event.user.name = wardline_string("root");
  event.of.login.success = WARDLINE_FACT_NO;
  event.of.login.source.form = WARDLINE_ADDRESS_FORM_V4;
  event.has_time = 1;
  OK(wardline_state_new(1 << 18, 4, seed, &state));
  for (index = 0; index < 4; index++) {
    events[index] = event;
    events[index].time = index;
    decisions[index] = wardline_decision_none();
  }
  OK(wardline_engine_decide_batch(engine, state, events, decisions, 4, &done));
  CHECK(done == 4 && decisions[1].action == WARDLINE_ACTION_ALLOW);
  CHECK(decisions[2].action == WARDLINE_ACTION_AUDIT && decisions[2].alert_count == 3);
  CHECK(decisions[3].action == WARDLINE_ACTION_BLOCK);
  OK(wardline_state_describe(state, &info));
  CHECK(info.entries > 0);
  CHECK(wardline_state_save(state, NULL, 0, &length) == WARDLINE_STATUS_BUFFER_TOO_SMALL);
  saved = (char *)malloc(length);
  CHECK(saved != NULL);
  OK(wardline_state_save(state, saved, length, &length));
  OK(wardline_state_restore(wardline_bytes_of(saved, length), &restored));
  decisions[0] = wardline_decision_none();
  OK(wardline_engine_decide(engine, restored, &events[3], &decisions[0]));
  CHECK(decisions[0].action == WARDLINE_ACTION_BLOCK);
  OK(wardline_engine_adopt(engine, restored, &gone));
  CHECK(gone == 0);
  saved[20] = (char)(saved[20] ^ 1);
  CHECK(wardline_state_restore(wardline_bytes_of(saved, 100), &restored) >= WARDLINE_STATUS_NOT_A_STATE);
  free(saved);
  OK(wardline_state_free(restored));
  OK(wardline_state_free(state));
  OK(wardline_state_new(1 << 18, 0, NULL, &state));
  OK(wardline_state_free(state));
}

static void shared(wardline_bytes bundle, const char *path) {
  wardline_shared *shared = NULL;
  wardline_engine *engine = NULL;
  wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
  wardline_decision decision = wardline_decision_none();
  wardline_bytes none = wardline_bytes_of(NULL, 0);
  uint64_t generation = 0;
  size_t length = 0;
  char message[128] = "", text[2048];
  event.of.exec.path = wardline_string("/tmp/x");
  OK(wardline_shared_load(bundle, NULL, &shared, message, sizeof message));
  OK(wardline_shared_engine(shared, &engine));
  CHECK(wardline_shared_replace(shared, wardline_string("no bundle"), NULL, &generation, message, sizeof message) == WARDLINE_STATUS_NOT_A_BUNDLE);
  CHECK(strcmp(message, "not a bundle") == 0 && generation == 0);
  OK(wardline_shared_reopen(shared, wardline_string(path), WARDLINE_OPEN_MAP, NULL, &generation, NULL, 0));
  CHECK(generation == 2);
  CHECK(wardline_shared_reopen(shared, wardline_string("/nowhere/x"), WARDLINE_OPEN_READ, NULL, NULL, message, sizeof message) == WARDLINE_STATUS_UNREADABLE);
  CHECK(strstr(message, "No such file") != NULL);
  OK(wardline_shared_decide(shared, NULL, &event, &decision));
  CHECK(decision.generation == 2 && decision.action == WARDLINE_ACTION_BLOCK);
  /* Only the engine that decided knows what its rules are called. */
  CHECK(wardline_engine_audit(engine, &event, &decision, NULL, 0, none, text, sizeof text, &length) == WARDLINE_STATUS_INVALID_ARGUMENT);
  CHECK(wardline_engine_audit_json(engine, wardline_string("{}"), &decision, NULL, 0, text, sizeof text, &length) == WARDLINE_STATUS_INVALID_ARGUMENT);
  OK(wardline_shared_decide_batch(shared, NULL, &event, &decision, 1, NULL));
  OK(wardline_shared_free(shared));
  /* What was taken before stays. */
  OK(wardline_engine_decide(engine, NULL, &event, &decision));
  CHECK(decision.generation == 1);
  OK(wardline_engine_audit(engine, &event, &decision, NULL, 0, none, text, sizeof text, &length));
  OK(wardline_engine_free(engine));
}

static void placed(wardline_bytes bundle) {
  /* Aligned to 16, as malloc is. */
  void *memory = malloc(wardline_engine_size()), *place = malloc(wardline_state_size());
  uint8_t *block = (uint8_t *)malloc(1 << 14), seed[16] = {9};
  wardline_engine *engine = NULL;
  wardline_state *state = NULL;
  wardline_event event = wardline_event_of(WARDLINE_KIND_EXEC);
  wardline_decision decision = wardline_decision_none();
  CHECK(memory != NULL && place != NULL && block != NULL);
  CHECK(wardline_engine_place(memory, 8, bundle, NULL, &engine, NULL, 0) == WARDLINE_STATUS_BUFFER_TOO_SMALL);
  OK(wardline_engine_place(memory, wardline_engine_size(), bundle, NULL, &engine, NULL, 0));
  memset(block, 0, 1 << 14);
  OK(wardline_state_place(place, wardline_state_size(), block, 1 << 14, seed, &state));
  event.of.exec.path = wardline_string("/tmp/x");
  OK(wardline_engine_decide(engine, state, &event, &decision));
  CHECK(decision.action == WARDLINE_ACTION_BLOCK);
  OK(wardline_state_free(state));
  OK(wardline_engine_free(engine));
  free(memory);
  free(place);
  free(block);
}

int main(int argc, char **argv) {
  wardline_compiled *compiled;
  wardline_bytes bundle;
  wardline_binding binding = wardline_binding_default();
  wardline_engine *engine = NULL, *opened = NULL;
  char path[256], message[128];
  FILE *file;
  CHECK(wardline_abi_version() == WARDLINE_ABI_VERSION && wardline_version().length > 0);
  CHECK(is(wardline_action_name(WARDLINE_ACTION_BLOCK), "block"));
  CHECK(is(wardline_status_text(WARDLINE_STATUS_NOT_A_BUNDLE), "not a bundle"));
  diagnostics();
  compiled = compiled_from(policy, WARDLINE_STATUS_OK);
  OK(wardline_compiled_bundle(compiled, &bundle));
  snprintf(path, sizeof path, "%s.wlb", argc > 1 ? argv[1] : argv[0]);
  file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(bundle.data, 1, bundle.length, file) == bundle.length);
  CHECK(fclose(file) == 0);

  binding.generation = 42;
  binding.capabilities = (1u << WARDLINE_KIND_FILE) | (1u << WARDLINE_KIND_EXEC) | (1u << WARDLINE_KIND_LOGIN);
  OK(wardline_engine_load(bundle, &binding, &engine, message, sizeof message));
  decisions(engine);
  statuses(engine);
  over_time(engine);
  shared(bundle, path);
  placed(bundle);
  OK(wardline_engine_open(wardline_string(path), WARDLINE_OPEN_MAP, NULL, &opened, NULL, 0));
  OK(wardline_engine_free(opened));
  OK(wardline_engine_open(wardline_string(path), WARDLINE_OPEN_READ, &binding, &opened, NULL, 0));
  /* What it compiled from is not needed any more. */
  OK(wardline_compiled_free(compiled));
  decisions(engine);
  decisions(opened);
  OK(wardline_engine_free(opened));
  OK(wardline_engine_free(engine));
  CHECK(remove(path) == 0);
  puts("usage: ok");
  return 0;
}
