// Writes docs/reference/openapi.json from the route table.
'use strict';
const { writeFileSync } = require('node:fs');
const path = require('node:path');
const compiled = require('./compiled.cjs');

const { openApiDocument } = compiled('api/openapi');
const file = path.resolve(__dirname, '../docs/reference/openapi.json');
writeFileSync(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
