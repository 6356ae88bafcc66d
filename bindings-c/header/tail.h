/* What C programs would write themselves, and the size of every struct. */

/** A string that ends with a zero byte, as bytes; NULL is none. */
static inline wardline_bytes wardline_string(const char *string) {
  wardline_bytes bytes;
  bytes.data = string;
  bytes.length = string == NULL ? 0 : strlen(string);
  return bytes;
}

/** So many bytes. */
static inline wardline_bytes wardline_bytes_of(const void *data, size_t length) {
  wardline_bytes bytes;
  bytes.data = data;
  bytes.length = length;
  return bytes;
}

/** Sets a struct that begins with its size to zero, and its size. */
static inline void wardline_init(void *structure, size_t size) {
  uint32_t first = (uint32_t)size;
  memset(structure, 0, size);
  memcpy(structure, &first, sizeof first);
}

/** An event of a kind, of which nothing else is known yet. */
static inline wardline_event wardline_event_of(uint32_t kind) {
  wardline_event event;
  wardline_init(&event, sizeof event);
  event.kind = kind;
  return event;
}

/** Room for a decision; its `action` is none, which is not to allow. */
static inline wardline_decision wardline_decision_none(void) {
  wardline_decision decision;
  wardline_init(&decision, sizeof decision);
  return decision;
}

/** A binding that is strict. */
static inline wardline_binding wardline_binding_default(void) {
  wardline_binding binding;
  wardline_init(&binding, sizeof binding);
  return binding;
}

