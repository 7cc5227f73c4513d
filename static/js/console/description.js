/** What the server's description tells of nouns, their fields and who may do what: everything that the console draws. */
import { ofBoth } from './texts.js';

const ADDRESS = '/openapi.json';
const NOUN = 'x-noun';
const LEFT_OUT = ['revision', 'reason']; // of forms: these are asked in ways of their own

export class Description {
  constructor(document, roles) {
    this._document = document;
    this._roles = new Set(roles);
    this.nouns = Object.values(document.paths)
      .filter((methods) => methods.get?.[NOUN])
      .map((methods) => new NounSight(this, methods.get))
      .filter((noun) => this.may('get', noun.path));
    this._byName = new Map(this.nouns.map((noun) => [noun.name, noun]));
  }

  /** Rejects where it cannot be had. */
  static async read(roles) {
    const response = await fetch(ADDRESS);
    if (!response.ok) throw new Error(response.statusText);
    return new Description(await response.json(), roles);
  }

  /** Undefined where there is none, or none for this reader. */
  noun(name) {
    return this._byName.get(name);
  }

  operation(method, path) {
    return this._document.paths[path]?.[method];
  }

  /** Whether this reader's roles allow it. */
  may(method, path) {
    const roles = this.operation(method, path)?.['x-roles'];
    return Boolean(roles) && roles.some((role) => this._roles.has(role));
  }

  /** What an operation may be refused for: the error's id → its words. */
  errorsOf(method, path) {
    const rows = Object.values(this.operation(method, path)?.responses ?? {}).flatMap((one) => this.resolve(one)['x-errors'] ?? []);
    return new Map(rows.map((row) => [row.error, ofBoth(row)]));
  }

  /** The schema that is meant: references followed, of alternatives the one that is not null, what stood beside them kept. */
  resolve(schema) {
    if (!schema) return {};
    if (schema.$ref) {
      const { $ref, ...beside } = schema;
      const found = $ref.slice(2).split('/').reduce((place, name) => place[name], this._document);
      return this.resolve({ ...found, ...beside });
    }
    if (schema.anyOf) {
      const { anyOf, ...beside } = schema;
      const [first] = anyOf.filter((one) => one.type !== 'null');
      const isNullable = anyOf.some((one) => one.type === 'null');
      return { ...this.resolve(first), ...beside, ...(isNullable ? { isNullable } : {}) };
    }
    return schema;
  }

  /** The fields of an object's schema. */
  fieldsOf(schema) {
    const { properties = {}, required = [] } = this.resolve(schema);
    return Object.entries(properties).map(([name, one]) => new FieldSight(this, name, one, required.includes(name)));
  }

  /** What is asked in a form, and what it asks of a reason. */
  formOf(reference) {
    const fields = this.fieldsOf({ $ref: reference });
    return { fields: fields.filter(({ name }) => !LEFT_OUT.includes(name)), reason: fields.find(({ name }) => name === 'reason') };
  }
}

/** One field as it is shown or asked. */
export class FieldSight {
  constructor(description, name, schema, isRequired) {
    const found = description.resolve(schema);
    this.name = name;
    this.schema = found;
    this.isRequired = isRequired;
    this.isNullable = Boolean(found.isNullable);
    this.title = found['x-titles'] ? ofBoth(found['x-titles']) : name;
    this.kind = kindOf(found);
    this.refersTo = found['x-refers-to'];
    this.labels = (found['x-labels'] ?? (found.enum ?? []).map((value) => ({ value, zh: String(value), en: String(value) })))
      .map((one) => ({ value: one.value, text: ofBoth(one) }));
    this.default = found.default;
    this.holdsPictures = this.kind === 'list' && description.resolve(found.items)['x-kind'] === 'picture';
  }

  /** The word for a value. */
  label(value) {
    return this.labels.find((one) => one.value === value)?.text ?? String(value ?? '');
  }
}

/** As the description tells; what it takes for a list because it is neither of the others is told from the type. */
function kindOf(schema) {
  const kind = schema['x-kind'];
  if (kind === 'choice' && schema.type === 'array') return 'choices';
  if (kind && kind !== 'list') return kind;
  if (schema.enum) return 'choice';
  return { array: 'list', integer: 'number', number: 'number', boolean: 'switch', string: 'text' }[schema.type] ?? 'json';
}

/** One noun, as its list describes it. */
class NounSight {
  constructor(description, operation) {
    const told = operation[NOUN];
    Object.assign(this, {
      name: told.name, path: told.path, key: told.key, labelName: told.label, order: told.order, formats: told.export, addsMany: told.adds_many,
    });
    this.area = told.name.split('.')[0];
    this.title = ofBoth(told.titles);
    this.onePath = `${told.path}/{${told.key}}`;
    this._description = description;
    this._told = told;
    this._operation = operation;
  }

  /** What stands in the list, in its order. */
  get fields() {
    const answer = this._operation.responses['200'].content['application/json'].schema;
    const data = this._description.resolve(this._description.resolve(answer).properties.data);
    const things = this._description.resolve(data.properties.list).items;
    const all = this._description.fieldsOf(things);
    const named = this._told.fields.map((name) => (name === 'id' ? this.key : name));
    return named.map((name) => all.find((field) => field.name === name)).filter((field) => field && field.name !== 'revision');
  }

  get searched() {
    const fields = this.fields;
    return this._told.searched.map((name) => fields.find((field) => field.name === name)?.title ?? name);
  }

  isSorted(name) {
    return this._told.sorted.includes(name === this.key ? 'id' : name) || this._told.sorted.includes(name);
  }

  /** What the server calls the order by that field. */
  sortName(name) {
    return this._told.sorted.includes(name) ? name : 'id';
  }

  get filters() {
    return this._operation.parameters
      .filter(({ name }) => this._told.filters.includes(name))
      .map(({ name, schema }) => new FieldSight(this._description, name, schema, false));
  }

  get addForm() {
    return this._told.add && this._description.may('post', this.path) ? this._description.formOf(this._told.add) : null;
  }

  get changeForm() {
    return this._told.change && this._description.may('put', this.onePath) ? this._description.formOf(this._told.change) : null;
  }

  /** Where a sheet of them is taken; null where none is, or not from this reader. */
  get importPath() {
    const path = `${this.path}/import`;
    return this._description.may('post', path) && this._description.may('post', `${path}/preview`) ? path : null;
  }

  get mayRemove() {
    return this._told.removes && this._description.may('delete', this.onePath);
  }

  /** Those that this reader may do. */
  get actions() {
    return this._told.actions
      .filter(({ verb }) => this._description.may('post', `${this.onePath}/${verb}`))
      .map((told) => ({
        verb: told.verb, title: ofBoth(told.titles), isDangerous: told.is_dangerous, needsReason: told.needs_reason,
        form: this._description.formOf(told.input),
      }));
  }

  /** The title of something that the log has. */
  verbTitle(verb) {
    const action = this._told.actions.find((one) => one.verb === verb);
    return action && ofBoth(action.titles);
  }

  pathOf(id) {
    return `${this.path}/${encodeURIComponent(id)}`;
  }

  addressOf(id) {
    return `#/things/${this.name}/${encodeURIComponent(id)}`;
  }

  /** What one of them is called. */
  labelOf(thing) {
    const field = this.fields.find(({ name }) => name === this.labelName);
    const label = thing[this.labelName];
    const text = field ? field.label(label) : String(label ?? '');
    return text || `${thing[this.key]}`;
  }
}
