# The reference page: files that the assembler puts into the program. The Makefile includes this
# after PROGRAM_SOURCES and links DOCS_OBJECTS into whatever has ui/http/plain_routes.o.
#
#   DOCS=plain               a build with the plain page, as where there is no npm
#   $(BUILD)/ticketly-plain  the program with the plain page, beside the other one, for its test

DOCS_SOURCES := $(addprefix ui/http/docs/,assets.h index.html init.js page.css plain.html plain.js)
DOCS_OBJECTS := $(BUILD)/ui/http/docs/assets$(if $(filter plain,$(DOCS)),-plain).o

.PHONY: docs-page

docs-page: ## fetch Swagger UI for the reference page again, after a build could not
	@rm -f build/docs/state
	@$(MAKE) --no-print-directory build/docs/state

# One fetch serves all builds.
build/docs/state: ui/http/docs/fetch.sh
	@ui/http/docs/fetch.sh build/docs

build/docs-plain/state: ui/http/docs/fetch.sh
	@ui/http/docs/fetch.sh build/docs-plain plain

$(BUILD)/ui/http/docs/assets.o: CFLAGS_ALL += -Wa,-Ibuild/docs
$(BUILD)/ui/http/docs/assets.o: build/docs/state $(DOCS_SOURCES)

$(BUILD)/ui/http/docs/assets-plain.o: ui/http/docs/assets.c build/docs-plain/state $(DOCS_SOURCES)
	@mkdir -p $(@D)
	@echo "  CC   $< (plain)"
	$(QUIET)$(CC) $(CFLAGS_ALL) -Wa,-Ibuild/docs-plain -c -o $@ $<

$(BUILD)/ticketly-plain: $(call objects,ui/main.c $(PROGRAM_SOURCES)) \
		$(BUILD)/ui/http/docs/assets-plain.o
	@echo "  LINK $@"
	$(QUIET)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)
