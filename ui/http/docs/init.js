// Starts Swagger UI on our two documents, without a word to any other server.
'use strict';

const KEY = 'Idempotency-Key';

// UUID version 7 (RFC 9562): 48 bits of milliseconds, then random ones.
function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let ms = Date.now();
  for (let i = 5; i >= 0; i--) {
    bytes[i] = ms % 256;
    ms = Math.floor(ms / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// A change gets a fresh key, unless one was typed.
function addKey(request) {
  const url = new URL(request.url, location.href);
  const changes = !['GET', 'HEAD'].includes((request.method || 'GET').toUpperCase());
  if (url.origin !== location.origin) {
    throw new Error('This page asks its own server only.');
  }
  if (changes && url.pathname.startsWith('/v1/')) {
    const has = Object.keys(request.headers).some(
      (name) => name.toLowerCase() === KEY.toLowerCase() && request.headers[name]);
    if (!has) {
      request.headers[KEY] = uuid7();
    }
  }
  return request;
}

// The key need not be typed, so the form must not insist on it.
function relaxKey(spec) {
  const relax = (parameter) => {
    if (parameter && parameter.in === 'header' && parameter.name === KEY) {
      parameter.required = false;
      parameter.description = 'Left empty, this page makes a fresh one.';
    }
  };
  Object.values(spec.paths || {}).forEach((path) => Object.values(path).forEach(
    (operation) => (operation.parameters || []).forEach(relax)));
  Object.values((spec.components || {}).parameters || {}).forEach(relax);
  return spec;
}

const relaxKeyPlugin = () => ({
  statePlugins: {
    spec: {
      wrapActions: { updateJsonSpec: (original) => (spec) => original(relaxKey(spec)) },
    },
  },
});

// Swagger's own sign brings a style element with it, which our policy forbids.
const namePlugin = (system) => ({
  components: { Logo: () => system.React.createElement('span', { className: 'our-name' }, 'Ticketly') },
});

window.ui = SwaggerUIBundle({
  urls: [
    { url: '/v1/openapi.json', name: 'Ticketly /v1' },
    { url: '/openapi.json', name: 'The replaced API' },
  ],
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  queryConfigEnabled: false,
  requestInterceptor: addKey,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  plugins: [relaxKeyPlugin, namePlugin],
  layout: 'StandaloneLayout',
});
