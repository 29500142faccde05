"""What has nothing to do with tasks: arrays, intervals, permutations, clustering, threads."""
