// Makes three members a replica set and adds the server's user, each once. Run by mongosh --nodb.
const members = ['mongodb-1', 'mongodb-2', 'mongodb-3'];
const login = `root:${process.env.MONGODB_ROOT_PASSWORD}`;

const first = new Mongo(`mongodb://${login}@${members[0]}/admin?directConnection=true&serverSelectionTimeoutMS=60000`).getDB('admin');
try {
  first.runCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== 'NotYetInitialized') throw error;
  first.runCommand({
    replSetInitiate: {
      _id: 'auction',
      // The first holds the users before the set exists, so it has to be the first primary.
      members: members.map((host, index) => ({ _id: index, host: `${host}:27017`, priority: index === 0 ? 2 : 1 })),
    },
  });
}

// Waits for a primary.
const set = new Mongo(
  `mongodb://${login}@${members.join(',')}/admin?replicaSet=auction&authSource=admin&serverSelectionTimeoutMS=60000`,
);
const auction = set.getDB('auction');
const wanted = { pwd: process.env.MONGODB_PASSWORD, roles: [{ role: 'readWrite', db: 'auction' }] };
if (auction.getUser('auction')) {
  auction.updateUser('auction', wanted);
} else {
  auction.createUser({ user: 'auction', ...wanted });
}
print('the replica set is ready');
