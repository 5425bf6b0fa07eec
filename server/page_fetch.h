// PageFetch: what a flight does to get a page: memory, flash, PHP; and the flights that make stale pages anew.
//
// Threads: from any; what a flash look-up finds goes on on the store's thread. The order holds everything that is
// needed, so that the request that started it may be gone.
#pragma once

#include <memory>
#include <string>

#include "cache/reuse.h"
#include "server/flight.h"
#include "server/render.h"
#include "server/service.h"

namespace larder::server {

// May a stored page answer this request now? As RFC 9111 says, with the limits of the pressure; and a page that would
// do if PHP failed is sent at once, and made anew in the background, where its request would have to wait for a worker.
cache::Reuse judge_page(const Service& service, const cache::Page& page, const cache::CacheControl& wishes, Millis now);

// False while all refreshes that the pressure allows are under way: a stale page is sent without.
bool may_refresh(const Service& service);

// Has PHP make an answer, unless the pressure leaves PHP to better classes.
void ask_php(Service& service, std::shared_ptr<Flight> flight, RenderOrder order);

// Lands the flight with what is stored under the order's key, if that may be used without asking, else with what PHP
// says. A stale page that may still be used is landed at once, and made anew by a flight of its own.
void fetch_page(Service& service, const std::shared_ptr<Flight>& flight, RenderOrder order);

// Lands the flight with what PHP says about the page that is stored.
void ask_about_page(Service& service, const std::shared_ptr<Flight>& flight, RenderOrder order, cache::PagePtr stored,
                    const cache::Reuse& reuse);

// Has a stale page made anew, unless that is being done already, has just failed, or may not be done now.
void refresh_page(Service& service, RenderOrder order, cache::PagePtr stored);

// The name of the flight that asks PHP about a page, whatever is stored.
std::string asking(const std::string& key);

}  // namespace larder::server
