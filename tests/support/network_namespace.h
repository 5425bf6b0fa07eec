// NetworkNamespace: a network of its own, as another machine has one, for a part of a test.
//
// Gone with the last process in it and this object. Needs root and ip(8); the constructor throws, and says why, where
// this machine cannot do it. Threads: one at a time; network_namespaces(7).
#pragma once

#include <string>

#include "base/unique_fd.h"

namespace larder::testing {

class NetworkNamespace {
 public:
  NetworkNamespace();  // with nothing but a loopback

  // While it lives, the calling thread and the processes and threads that it starts are in that network.
  class Visit {
   public:
    explicit Visit(const NetworkNamespace& network);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    UniqueFd home_;
  };

 private:
  friend void join(const NetworkNamespace&, const std::string&, const NetworkNamespace&, const std::string&);
  UniqueFd network_;
};

// A cable between two networks, an address ("10.0.0.1/30") at either end.
void join(const NetworkNamespace& one, const std::string& address_of_one, const NetworkNamespace& other,
          const std::string& address_of_other);

}  // namespace larder::testing
