// The reference as a plain page: every route of both documents, with what it takes and answers.
'use strict';

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'];

// An element with its children; texts are set as text, never as markup.
function make(tag, ...children) {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}

// What a local reference ("#/components/schemas/Slot") means.
function resolve(spec, value) {
  if (!value || typeof value.$ref !== 'string') {
    return value || {};
  }
  return value.$ref.split('/').slice(1).reduce((at, name) => (at || {})[name], spec) || {};
}

function typeOf(schema) {
  if (!schema) {
    return '';
  }
  if (schema.$ref) {
    return schema.$ref.split('/').pop();
  }
  if (schema.type === 'array') {
    return 'list of ' + typeOf(schema.items);
  }
  if (schema.enum) {
    return schema.enum.join(' | ');
  }
  const parts = schema.anyOf || schema.oneOf;
  return parts ? parts.map(typeOf).join(' or ') : [].concat(schema.type || 'any').join(' or ');
}

function table(heads, rows) {
  const line = (tag, cells) => make('tr', ...cells.map((cell) => make(tag, cell)));
  return make('table', line('th', heads), ...rows.map((row) => line('td', row)));
}

function parameterRows(spec, path, operation) {
  return (path.parameters || []).concat(operation.parameters || []).map((given) => {
    const p = resolve(spec, given);
    return [p.name, p.in, typeOf(p.schema), p.required ? 'yes' : 'no', p.description || ''];
  });
}

function contentType(part) {
  const content = Object.values((part || {}).content || {})[0];
  return content ? typeOf(content.schema) : '';
}

function operationSection(spec, address, method, path) {
  const operation = path[method];
  const section = make('section', make('h3', method.toUpperCase() + ' ' + address));
  const parameters = parameterRows(spec, path, operation);
  const body = contentType(resolve(spec, operation.requestBody));
  const answers = Object.entries(operation.responses || {}).map(([status, given]) => {
    const answer = resolve(spec, given);
    return [status, contentType(answer), answer.description || ''];
  });
  section.append(make('p', operation.summary || '', ' ', operation.description || ''));
  if (parameters.length) {
    section.append(table(['parameter', 'in', 'type', 'required', 'meaning'], parameters));
  }
  if (body) {
    section.append(make('p', 'Body: ' + body));
  }
  section.append(table(['status', 'answer', 'meaning'], answers));
  return section;
}

function schemaSection(name, schema) {
  return make('section', make('h3', name), make('pre', JSON.stringify(schema, null, 2)));
}

async function show(url, place) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(url + ' answers ' + response.status);
  }
  const spec = await response.json();
  place.append(make('h2', spec.info.title), make('p', spec.info.description || ''));
  for (const [address, path] of Object.entries(spec.paths)) {
    for (const method of METHODS.filter((name) => path[name])) {
      place.append(operationSection(spec, address, method, path));
    }
  }
  Object.entries((spec.components || {}).schemas || {}).forEach(
    ([name, schema]) => place.append(schemaSection(name, schema)));
}

(async () => {
  const place = document.getElementById('reference');
  for (const url of ['/v1/openapi.json', '/openapi.json']) {
    try {
      await show(url, place);
    } catch (error) {
      place.append(make('p', String(error)));
    }
  }
  document.documentElement.dataset.done = 'yes';
})();
