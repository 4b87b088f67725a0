# Both apps in one image: the command chooses. The official Node 24 is the runtime, so the optional packages that
# bring a Node and a PostgreSQL to a bare machine stay out.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional
COPY nest-cli.json tsconfig.json ./
COPY scripts/require-node.mjs scripts/
COPY libs libs
COPY apps apps
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bundles bundles
COPY schema schema
# Where the data volume goes; a volume takes over the owner of what it covers.
RUN install -d -o node -g node -m 0700 .data
USER node
EXPOSE 3001 3002
CMD ["node", "dist/apps/auth-service/src/main.js"]
