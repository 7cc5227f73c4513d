/** What a JSON schema means for a reader: its type in words, its fields row by row, an example. */
import { say } from './texts.js';

const LARGEST = Number.MAX_SAFE_INTEGER; // a limit of the format, not of the field
const NULL = 'null';

export class Schemas {
  constructor(description) {
    this.description = description;
  }

  /** What a reference leads to; anything else is itself. */
  resolve(node) {
    if (!node || !node.$ref) return node;
    return node.$ref.slice(2).split('/').reduce((place, name) => place[name], this.description);
  }

  /** One row per field, in order and with `depth`; lists and nested objects are opened. */
  fields(schema, depth = 0, opened = []) {
    const object = this.objectIn(schema);
    if (!object || opened.includes(object)) return [];
    return Object.entries(object.properties).flatMap(([name, field]) => [
      { name, depth, field, isRequired: (object.required || []).includes(name) },
      ...this.fields(field, depth + 1, [...opened, object]),
    ]);
  }

  /** The object that is meant, or listed, if there is one. */
  objectIn(schema) {
    const found = this.resolve(schema);
    if (!found) return null;
    if (found.properties) return found;
    if (found.items) return this.objectIn(found.items);
    return this.kinds(found).filter((kind) => kind !== found).map((kind) => this.objectIn(kind)).find(Boolean) || null;
  }

  /** Its own, else that of what it may be or refers to. */
  descriptionOf(schema) {
    const found = this.resolve(schema) || {};
    return schema.description || found.description || this.kinds(found).map((kind) => kind.description).find(Boolean);
  }

  type(schema) {
    const found = this.resolve(schema) || {};
    const kinds = this.kinds(found);
    const words = kinds.filter((kind) => kind.type !== NULL).map((kind) => this.typeOfOne(kind));
    const text = [...new Set(words)].join(` ${say('either')} `);
    return kinds.some((kind) => kind.type === NULL) && words.length > 0 ? `${text}, ${say('or_null')}` : text || say(NULL);
  }

  typeOfOne(schema) {
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
    if (schema.type === 'array') {
      if (schema.maxItems === 0) return say('empty_list');
      return schema.items ? say('list_of', { kind: this.type(schema.items) }) : say('list');
    }
    const limits = limitsOf(schema);
    return [schema.type ? say(schema.type) : say('anything'), limits].filter(Boolean).join(' ');
  }

  kinds(schema) {
    const several = schema.anyOf || schema.oneOf;
    return several ? several.map((kind) => this.resolve(kind)) : [schema];
  }

  /** A value that fits. `fields` narrows an object to those that pass. */
  example(schema, { fields = () => true } = {}) {
    const found = this.resolve(schema) || {};
    if (found.examples) return found.examples[0];
    if (found.const !== undefined) return found.const;
    if (found.enum) return found.enum[0];
    if (found.properties) return this.objectExample(found, fields);
    if (found.items && found.maxItems !== 0) return [this.example(found.items)];
    const kinds = this.kinds(found);
    if (kinds[0] !== found) return this.example(kinds.find((kind) => kind.properties) || kinds.find((kind) => kind.type !== NULL), { fields });
    if (found.allOf) return this.example(found.allOf[0]);
    if (found.default !== undefined) return found.default;
    return { integer: found.minimum ?? 1, number: found.minimum ?? 1, string: 'text', boolean: true, array: [], object: {} }[found.type] ?? null;
  }

  objectExample(object, fields) {
    const isRequired = (name) => (object.required || []).includes(name);
    return Object.fromEntries(Object.entries(object.properties)
      .filter(([name, field]) => fields({ name, field, isRequired: isRequired(name) }))
      .map(([name, field]) => [name, this.example(field)]));
  }
}

function limitsOf(schema) {
  if (schema.type === 'string') {
    const characters = range(schema.minLength, schema.maxLength);
    return characters && say('characters', { range: characters });
  }
  return range(schema.minimum, schema.maximum === LARGEST ? undefined : schema.maximum);
}

function range(least, most) {
  if (least !== undefined && most !== undefined) return `${least}–${most}`;
  if (least !== undefined) return `≥ ${least}`;
  return most === undefined ? '' : `≤ ${most}`;
}
