// Influences that come and go in any order: several multiply, and when all are gone the product is exactly 1 again.
#pragma once

#include <algorithm>
#include <vector>

namespace tantrum::models {

class Factors {
public:
    void add(double factor)
    {
        factors_.push_back(factor);
        multiply();
    }
    /// Requires that it was added.
    void remove(double factor)
    {
        factors_.erase(std::find(factors_.begin(), factors_.end(), factor));
        multiply();
    }
    double product() const { return product_; }
    bool neutral() const { return neutral_; }

private:
    void multiply()
    {
        product_ = 1;
        for (double factor : factors_) product_ *= factor;
        neutral_ = product_ == 1;
    }
    std::vector<double> factors_;
    double product_ = 1;
    bool neutral_ = true;
};

}  // namespace tantrum::models
